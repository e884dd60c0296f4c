-- purpose: which history this server writes or replays: the cluster's identity and its timeline
-- privilege: none
-- cost: reads the control file
SELECT (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
       CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END AS timeline
