-- purpose: which server of a cluster this is, since when it counts, and how it follows another: to know it again among that one's followers
-- privilege: none
-- cost: settings and one entry of the statistics; pg_read_all_stats shows the receiver, without which it is not known again
SELECT
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    d.stats_reset,
    pg_is_in_recovery() AS in_recovery,
    current_setting('primary_slot_name') AS slot,
    -- What the receiver calls itself where primary_conninfo gives no name (src/backend/replication/walreceiver.c).
    coalesce(
        substring(w.conninfo FROM '(?:^|\s)application_name=(\S+)'),
        nullif(current_setting('cluster_name'), ''),
        'walreceiver'
    )::text AS application,
    a.backend_start AS receiving_since,
    has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS may_read_control
FROM pg_stat_database d
LEFT JOIN pg_stat_wal_receiver w ON true
LEFT JOIN pg_stat_activity a ON a.pid = w.pid
WHERE d.datname = current_database()
