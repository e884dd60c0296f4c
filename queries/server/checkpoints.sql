-- purpose: what checkpointer and background writer have done since the statistics were reset, and how far the next checkpoint is
-- privilege: none
-- cost: statistics in shared memory and the control file; PostgreSQL 17 and later
-- versions: 17-
SELECT
    c.num_timed + c.restartpoints_timed AS timed,
    c.num_requested + c.restartpoints_req AS requested,
    c.write_time,
    c.sync_time,
    c.buffers_written AS checkpoint_buffers,
    b.buffers_clean AS cleaner_buffers,
    b.maxwritten_clean AS cleaner_stops,
    b.buffers_alloc AS allocated_buffers,
    i.backend_buffers,
    i.backend_fsyncs,
    c.stats_reset,
    b.stats_reset AS cleaner_reset,
    i.backends_reset,
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    p.last_at,
    CASE
        WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), p.redo_lsn)
        ELSE pg_wal_lsn_diff(pg_current_wal_insert_lsn(), p.redo_lsn)
    END::bigint AS wal_since_bytes,
    EXTRACT(epoch FROM current_setting('checkpoint_timeout')::interval)::float8 AS timeout_age,
    pg_size_bytes(current_setting('max_wal_size')) AS max_wal_bytes,
    current_setting('block_size')::bigint AS block_bytes
FROM pg_stat_checkpointer c
CROSS JOIN pg_stat_bgwriter b
CROSS JOIN (
    SELECT
        coalesce(sum(s.writes), 0)::bigint AS backend_buffers,
        coalesce(sum(s.fsyncs), 0)::bigint AS backend_fsyncs,
        max(s.stats_reset) AS backends_reset
    FROM pg_stat_io s
    WHERE s.object = 'relation' AND s.backend_type = 'client backend'
) i
LEFT JOIN LATERAL (
    SELECT k.checkpoint_time AS last_at, k.redo_lsn
    FROM pg_control_checkpoint() k
) p ON true
