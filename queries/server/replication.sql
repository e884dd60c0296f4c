-- purpose: the standbys and other receivers of this server, and how far each is behind
-- privilege: pg_read_all_stats
-- cost: one row a walsender; no table is read
SELECT
    r.pid,
    r.application_name AS name,
    coalesce(r.usename::text, '') AS "user",
    coalesce(host(r.client_addr), 'local') AS client,
    coalesce(r.state, '') AS state,
    coalesce(r.sync_state, '') AS sync,
    coalesce(s.slot_name::text, '') AS slot,
    pg_wal_lsn_diff(w.lsn, r.sent_lsn)::bigint AS unsent_bytes,
    pg_wal_lsn_diff(r.sent_lsn, r.write_lsn)::bigint AS unwritten_bytes,
    pg_wal_lsn_diff(r.write_lsn, r.flush_lsn)::bigint AS unflushed_bytes,
    pg_wal_lsn_diff(r.flush_lsn, r.replay_lsn)::bigint AS unreplayed_bytes,
    pg_wal_lsn_diff(w.lsn, r.replay_lsn)::bigint AS behind_bytes,
    EXTRACT(epoch FROM r.write_lag)::float8 AS write_lag,
    EXTRACT(epoch FROM r.flush_lag)::float8 AS flush_lag,
    EXTRACT(epoch FROM r.replay_lag)::float8 AS replay_lag,
    EXTRACT(epoch FROM clock_timestamp() - r.reply_time)::float8 AS reply_age,
    r.backend_start
FROM pg_stat_replication r
LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
CROSS JOIN (
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS lsn
) w
ORDER BY r.application_name, r.pid
