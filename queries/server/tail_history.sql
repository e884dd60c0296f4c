-- purpose: which history this server writes or replays, and which run of the server this is
-- privilege: none
-- cost: reads the control file and the list of processes
--
-- The server's own processes tell a crash: it replaces them all, but not pg_postmaster_start_time(). Every role sees
-- their numbers.
SELECT (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
       CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END AS timeline,
       concat_ws(' ', pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time())) AS run,
       array(SELECT pid FROM pg_stat_activity WHERE datid IS NULL AND pid IS NOT NULL) AS processes
