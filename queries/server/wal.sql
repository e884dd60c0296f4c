-- purpose: WAL written since the statistics were reset, and how often and how long it was written and synced
-- privilege: none
-- cost: statistics in shared memory; columns that moved to pg_stat_io in 18 come as null (read through jsonb)
SELECT
    s.wal_records AS records,
    s.wal_fpi AS full_pages,
    s.wal_bytes::bigint AS bytes,
    s.wal_buffers_full AS buffers_full,
    (to_jsonb(s) ->> 'wal_write')::bigint AS writes,
    (to_jsonb(s) ->> 'wal_sync')::bigint AS syncs,
    (to_jsonb(s) ->> 'wal_write_time')::float8 AS write_time,
    (to_jsonb(s) ->> 'wal_sync_time')::float8 AS sync_time,
    s.stats_reset,
    s.stats_reset AS io_reset,
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    current_setting('track_wal_io_timing')::boolean AS timed,
    CASE
        WHEN pg_is_in_recovery()
            THEN pg_wal_lsn_diff(coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')
        ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
    END::bigint AS position,
    pg_is_in_recovery() AS in_recovery
FROM pg_stat_wal s
