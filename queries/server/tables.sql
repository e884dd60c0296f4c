-- purpose: every table of the users with its counters, its place in a partition tree, and whether it is locked away
-- privilege: none
-- cost: the catalog and the statistics in shared memory (5,000 tables with 20,000 indexes: about 55 ms, every 30 s); no table is opened, so no lock can hold it up
SELECT
    c.oid::bigint AS id,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind = 'p' AS partitioned,
    CASE WHEN c.relispartition THEN (SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid) END::bigint AS parent,
    c.relpages AS pages,
    CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples END::float8 AS rows_estimate,
    pg_stat_get_live_tuples(c.oid) AS live_rows,
    pg_stat_get_dead_tuples(c.oid) AS dead_rows,
    pg_stat_get_tuples_inserted(c.oid) AS inserted,
    pg_stat_get_tuples_updated(c.oid) AS updated,
    pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
    pg_stat_get_tuples_deleted(c.oid) AS deleted,
    pg_stat_get_numscans(c.oid) AS seq_scans,
    greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS last_vacuum,
    greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS last_analyze,
    l.relation IS NOT NULL AS locked,
    pg_stat_get_tuples_returned(c.oid) AS seq_rows,
    coalesce(x.scans, 0)::bigint AS index_scans
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (
    SELECT i.indrelid, sum(pg_stat_get_numscans(i.indexrelid)) AS scans FROM pg_index i GROUP BY i.indrelid
) x ON x.indrelid = c.oid
LEFT JOIN (
    SELECT DISTINCT k.relation
    FROM pg_locks k
    WHERE
        k.locktype = 'relation'
        AND k.mode = 'AccessExclusiveLock'
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
) l ON l.relation = c.oid
WHERE
    c.relkind IN ('r', 'm', 'p')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
