-- purpose: applications of whose connections half or more, and ten at least, began within one minute of the last day;
--          and since when the server's own processes run, which a crash of one of them ends all together
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array (pg_stat_activity), sorted by application; no table is read
WITH began AS (
    SELECT
        coalesce(nullif(a.application_name, ''), a.usename::text, '') AS application,
        a.backend_start,
        count(*) OVER minute AS number,
        max(a.backend_start) OVER minute AS last,
        count(*) OVER (PARTITION BY coalesce(nullif(a.application_name, ''), a.usename::text, '')) AS total
    FROM pg_catalog.pg_stat_activity a
    WHERE a.backend_type = 'client backend' AND a.application_name <> 'gbtui'
    WINDOW minute AS (
        PARTITION BY coalesce(nullif(a.application_name, ''), a.usename::text, '')
        ORDER BY a.backend_start
        RANGE BETWEEN CURRENT ROW AND interval '1 minute' FOLLOWING
    )
)
SELECT * FROM (
    SELECT DISTINCT ON (b.application) 'clients' AS kind, b.application, b.number, b.total, b.backend_start AS at
    FROM began b
    WHERE b.number >= 10
        AND b.number * 2 >= b.total
        -- Those that come and go all the time are always new: what has lasted $1 seconds tells something.
        AND b.last <= clock_timestamp() - make_interval(secs => $1)
    ORDER BY b.application, b.number DESC, b.backend_start DESC
) clients
UNION ALL
SELECT 'server', 'checkpointer', 1, 1, min(a.backend_start)
FROM pg_catalog.pg_stat_activity a
WHERE a.backend_type = 'checkpointer'
HAVING min(a.backend_start) IS NOT NULL
