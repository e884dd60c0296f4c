-- purpose: tables whose planner statistics are stale at $1: a fifth of the rows changed since, or never looked at with a hundred rows; tables of partitions after a week, since autovacuum passes them over
-- privilege: none
-- cost: the catalog and the counters of our tables; no table is opened
WITH ours AS (
    SELECT
        c.oid,
        n.nspname::text AS schema,
        c.relname::text AS name,
        c.relkind = 'p' AS partitioned,
        c.reltuples,
        greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed_at,
        pg_stat_get_mod_since_analyze(c.oid) AS changed,
        pg_stat_get_live_tuples(c.oid) AS live
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'gb_meta', 'gb_part') AND c.relkind IN ('r', 'p')
)
SELECT o.schema, o.name
FROM ours o
WHERE
    CASE WHEN o.partitioned THEN
        (o.analyzed_at IS NULL OR o.analyzed_at < $1::timestamptz - interval '7 days')
        AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = o.oid AND pg_stat_get_live_tuples(i.inhrelid) > 0)
    ELSE
        o.changed > greatest(1000, 0.2 * greatest(o.reltuples, 0)) OR (o.analyzed_at IS NULL AND o.live > 100)
    END
ORDER BY o.partitioned, o.schema, o.name
