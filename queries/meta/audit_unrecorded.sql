-- purpose: which tables leave an audit record of every change, and what the server counted on each; partitions under their parent
-- privilege: none
-- cost: the catalog entries of two schemas and their counters in shared memory
SELECT
    now() AS at,
    t.oid::regclass::text AS "table",
    EXISTS (SELECT FROM pg_trigger g
            WHERE g.tgrelid = t.oid AND g.tgfoid = to_regprocedure('gb_meta.audit_row()')
              AND g.tgname = 'audit_row' AND g.tgenabled IN ('O', 'A')) AS recorded,
    t.inserted::bigint AS inserted,
    t.updated::bigint AS updated,
    t.deleted::bigint AS deleted,
    d.stats_reset AS counted_since
FROM (
    SELECT coalesce(i.inhparent, c.oid) AS oid,
           sum(pg_stat_get_tuples_inserted(c.oid)) AS inserted,
           sum(pg_stat_get_tuples_updated(c.oid)) AS updated,
           sum(pg_stat_get_tuples_deleted(c.oid)) AS deleted
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE n.nspname IN ('public', 'gb_meta', 'gb_part') AND c.relkind IN ('r', 'p')
    GROUP BY 1
) t
CROSS JOIN (SELECT s.stats_reset FROM pg_stat_database s WHERE s.datname = current_database()) d
ORDER BY 2
