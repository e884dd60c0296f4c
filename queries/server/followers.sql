-- purpose: who replays this server's WAL and may answer queries there: connected standbys, and physical slots kept for one
-- privilege: none
-- cost: one row a walsender and slot; a role without pg_read_all_stats sees that there is one and not who
SELECT
    coalesce(nullif(r.application_name, ''), host(r.client_addr), 'a standby')::text AS name,
    coalesce(r.application_name, '')::text AS application,
    coalesce(host(r.client_addr), '')::text AS address,
    coalesce(s.slot_name, '')::text AS slot,
    r.backend_start AS connected_at
FROM pg_stat_replication r
LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
WHERE
    coalesce(s.slot_type, 'physical') = 'physical'
    AND coalesce(r.state, '') <> 'backup'
    -- These keep WAL and answer no query.
    AND coalesce(r.application_name, '') NOT IN ('pg_receivewal', 'barman_receive_wal', 'pg_basebackup')
UNION ALL
SELECT 'slot ' || s.slot_name, '', '', s.slot_name::text, NULL
FROM pg_replication_slots s
WHERE s.slot_type = 'physical' AND NOT s.active
ORDER BY 1
