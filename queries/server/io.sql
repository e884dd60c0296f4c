-- purpose: reads, writes, extensions, hits and fsyncs by kind of process, object and context since the statistics were reset; what the version lacks comes as null
-- privilege: none
-- cost: statistics in shared memory, some eighty rows, those that are not all zero; PostgreSQL 16 and later
-- versions: 16-
SELECT
    s.backend_type AS backend,
    s.object,
    s.context,
    coalesce(s.reads, 0) AS reads,
    -- 16 and 17 count operations of op_bytes each, 18 bytes.
    coalesce((to_jsonb(s) ->> 'read_bytes')::numeric, s.reads * (to_jsonb(s) ->> 'op_bytes')::numeric, 0)::bigint
    AS read_bytes,
    coalesce(s.read_time, 0) AS read_time,
    coalesce(s.writes, 0) AS writes,
    coalesce((to_jsonb(s) ->> 'write_bytes')::numeric, s.writes * (to_jsonb(s) ->> 'op_bytes')::numeric, 0)::bigint
    AS write_bytes,
    coalesce(s.write_time, 0) AS write_time,
    coalesce(s.extends, 0) AS extends,
    coalesce((to_jsonb(s) ->> 'extend_bytes')::numeric, s.extends * (to_jsonb(s) ->> 'op_bytes')::numeric, 0)::bigint
    AS extend_bytes,
    coalesce(s.hits, 0) AS hits,
    coalesce(s.evictions, 0) AS evictions,
    coalesce(s.fsyncs, 0) AS fsyncs,
    coalesce(s.fsync_time, 0) AS fsync_time,
    s.stats_reset,
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    current_setting('track_io_timing')::boolean AS timed
FROM pg_stat_io s
WHERE
    coalesce(s.reads, 0) + coalesce(s.writes, 0) + coalesce(s.extends, 0)
    + coalesce(s.hits, 0) + coalesce(s.evictions, 0) + coalesce(s.fsyncs, 0) > 0
