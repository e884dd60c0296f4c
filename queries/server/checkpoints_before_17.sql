-- purpose: what checkpointer and background writer have done since the statistics were reset, and how far the next checkpoint is
-- privilege: none
-- cost: statistics in shared memory and the control file; PostgreSQL 14 to 16, where one view holds both
-- versions: 14-16
SELECT
    b.checkpoints_timed AS timed,
    b.checkpoints_req AS requested,
    b.checkpoint_write_time AS write_time,
    b.checkpoint_sync_time AS sync_time,
    b.buffers_checkpoint AS checkpoint_buffers,
    b.buffers_clean AS cleaner_buffers,
    b.maxwritten_clean AS cleaner_stops,
    b.buffers_alloc AS allocated_buffers,
    b.buffers_backend AS backend_buffers,
    b.buffers_backend_fsync AS backend_fsyncs,
    b.stats_reset,
    b.stats_reset AS cleaner_reset,
    b.stats_reset AS backends_reset,
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
FROM pg_stat_bgwriter b
LEFT JOIN LATERAL (
    SELECT k.checkpoint_time AS last_at, k.redo_lsn
    FROM pg_control_checkpoint() k
) p ON true
