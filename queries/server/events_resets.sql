-- purpose: when statistics were last reset, of the whole server by kind and of each database
-- privilege: none
-- cost: statistics in shared memory, one entry a database; no table is read
SELECT kind, name, at
FROM (
    SELECT 'database' AS kind, d.datname::text AS name, pg_stat_get_db_stat_reset_time(d.oid) AS at
    FROM pg_catalog.pg_database d
    UNION ALL
    SELECT 'server', 'bgwriter', pg_stat_get_bgwriter_stat_reset_time()
    UNION ALL
    SELECT 'server', 'wal', w.stats_reset FROM pg_catalog.pg_stat_wal w
    UNION ALL
    SELECT 'server', 'archiver', a.stats_reset FROM pg_catalog.pg_stat_archiver a
) r
WHERE r.at IS NOT NULL
