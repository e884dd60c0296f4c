-- purpose: temporary files by the backend that made them (their names carry its pid), in all tablespaces; parallel workers' count as their leader's
-- privilege: pg_monitor
-- cost: lists one directory a tablespace, asks the file system for each file's size, and joins one pass over the backend array; texts cut at $1
WITH files AS MATERIALIZED (
    SELECT
        (regexp_match(f.name, '^pgsql_tmp(\d+)'))[1]::int AS pid,
        t.spcname::text AS tablespace,
        f.size,
        f.modification
    FROM pg_tablespace t
    CROSS JOIN LATERAL pg_ls_tmpdir(t.oid) f
    WHERE t.spcname <> 'pg_global'
),

owned AS (
    SELECT coalesce(w.leader_pid, f.pid) AS pid, f.tablespace, f.size, f.modification
    FROM files f
    LEFT JOIN pg_stat_activity w ON w.pid = f.pid
    WHERE f.pid IS NOT NULL
),

summed AS (
    SELECT
        o.pid,
        count(*) AS files,
        sum(o.size)::bigint AS size_bytes,
        string_agg(DISTINCT o.tablespace, ', ' ORDER BY o.tablespace) AS tablespaces,
        max(o.modification) AS written_at
    FROM owned o
    GROUP BY o.pid
)

SELECT
    s.pid,
    s.size_bytes,
    s.files,
    s.tablespaces,
    s.written_at,
    coalesce(a.datname::text, '') AS database,
    coalesce(a.usename::text, '') AS "user",
    coalesce(a.application_name, '') AS application,
    CASE WHEN a.pid IS NULL THEN '' ELSE coalesce(host(a.client_addr), 'local') END AS client,
    CASE WHEN a.pid IS NULL THEN 'gone' ELSE coalesce(a.state, '') END AS state,
    date_part('epoch', clock_timestamp() - a.xact_start) AS transaction_age,
    CASE WHEN a.state = 'active' THEN date_part('epoch', clock_timestamp() - a.query_start) END AS query_age,
    a.backend_start,
    coalesce(left(a.query, $1::int), '') AS query
FROM summed s
LEFT JOIN pg_stat_activity a ON a.pid = s.pid
ORDER BY s.size_bytes DESC, s.pid
