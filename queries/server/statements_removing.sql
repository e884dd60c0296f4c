-- purpose: statements of this database that delete or truncate, by role: how often, how many rows; the 200 with the most calls
-- privilege: pg_read_all_stats
-- cost: reads the whole file of texts (some MB for 10,000 statements); every half minute, while somebody asks
SELECT coalesce(pg_get_userbyid(s.userid), '')::text AS role, s.calls, s.rows, left(s.query, 1000) AS query
FROM /*schema*/pg_stat_statements(true) s
WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND s.query ~* '\m(delete\s+from|truncate)\M'
ORDER BY s.calls DESC
LIMIT 200
