-- purpose: the whole text of what the backend $1 that began at $2 runs or ran last, and where the server cuts texts
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array
SELECT
    coalesce(a.query, '') AS query,
    coalesce(a.datname::text, '') AS database,
    coalesce(a.usename::text, '') AS "user",
    coalesce(a.query_id, 0) AS query_id,
    octet_length(coalesce(a.query, '')) >= pg_size_bytes(current_setting('track_activity_query_size')) - 1 AS cut
FROM pg_stat_activity a
WHERE a.pid = $1::int AND a.backend_start = $2::timestamptz
