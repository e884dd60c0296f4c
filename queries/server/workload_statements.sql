-- purpose: the $1 statements of this database that took the most time since the reset, with their texts
-- privilege: pg_read_all_stats
-- cost: reads the whole file of texts (some MB for 10,000 statements); asked when somebody wants advice
SELECT
    s.queryid AS query_id,
    left(s.query, 20000) AS query,
    length(s.query) > 20000 AS cut,
    sum(s.calls)::bigint AS calls,
    sum(s.total_exec_time)::double precision AS total_ms
FROM /*schema*/pg_stat_statements(true) s
WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND s.queryid IS NOT NULL
GROUP BY s.queryid, s.query
ORDER BY total_ms DESC
LIMIT $1::int
