-- purpose: by database what went wrong since its statistics were reset: rollbacks, deadlocks, conflicts on a standby by kind, checksum failures, sessions that did not end well
-- privilege: none
-- cost: statistics in shared memory, one entry a database
SELECT
    d.datname::text AS database,
    d.xact_commit AS commits,
    d.xact_rollback AS rollbacks,
    d.deadlocks,
    d.conflicts,
    coalesce(c.confl_tablespace, 0) AS conflicts_tablespace,
    coalesce(c.confl_lock, 0) AS conflicts_lock,
    coalesce(c.confl_snapshot, 0) AS conflicts_snapshot,
    coalesce(c.confl_bufferpin, 0) AS conflicts_bufferpin,
    coalesce(c.confl_deadlock, 0) AS conflicts_deadlock,
    coalesce((to_jsonb(c) ->> 'confl_active_logicalslot')::bigint, 0) AS conflicts_logical_slot,
    coalesce(d.checksum_failures, 0) AS checksum_failures,
    d.checksum_last_failure,
    d.sessions,
    d.sessions_abandoned,
    d.sessions_fatal,
    d.sessions_killed,
    d.stats_reset,
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at
FROM pg_stat_database d
LEFT JOIN pg_stat_database_conflicts c ON c.datid = d.datid
WHERE d.datname IS NOT NULL
