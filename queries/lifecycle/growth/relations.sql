-- purpose: the $1 largest tables and partitions, each with the table that stands for all its partitions
-- privilege: none
-- cost: the catalog; no table is opened
SELECT
    c.oid::bigint AS id,
    n.nspname || '.' || r.relname AS name,
    CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples END::float8 AS rows
FROM pg_class c
JOIN pg_class r ON r.oid = coalesce(pg_partition_root(c.oid)::oid, c.oid)
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE
    c.relkind IN ('r', 'm')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY c.relpages DESC, c.oid
LIMIT $1::integer
