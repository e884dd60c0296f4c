-- purpose: who replays this server's WAL and may answer queries there: connected standbys, and physical slots kept for one
-- privilege: none
-- cost: one row a walsender and slot
SELECT coalesce(nullif(r.application_name, ''), host(r.client_addr), 'a standby')::text AS name
FROM pg_stat_replication r
LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
WHERE coalesce(s.slot_type, 'physical') = 'physical'
UNION
SELECT 'slot ' || s.slot_name
FROM pg_replication_slots s
WHERE s.slot_type = 'physical' AND NOT s.active
ORDER BY 1
