-- purpose: tables with their storage and columns, to see what a rehearsed migration rewrites, drops or empties
-- privilege: none
-- cost: one pass over pg_class and pg_attribute
SELECT
    c.oid::bigint AS oid,
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relkind::text AS kind,
    c.relfilenode::bigint AS filenode,
    coalesce(parts.pages, c.relpages)::bigint AS pages,
    coalesce(parts.estimate, greatest(c.reltuples, 0))::bigint AS estimate,
    coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid)::bigint AS root,
    ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS columns,
    pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS deleted
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT sum(p.relpages) AS pages, sum(greatest(p.reltuples, 0)) AS estimate
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS p ON p.oid = i.inhrelid
    WHERE i.inhparent = c.oid AND c.relkind = 'p'
) AS parts
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f')
    AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    AND c.relname <> '__diesel_schema_migrations'
