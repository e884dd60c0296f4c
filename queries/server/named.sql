-- purpose: tables and indexes whose name begins with $1, at most $2 of each; a partition stands for its table
-- privilege: none
-- cost: $2 entries of the catalog's index on names
--
-- System schemas are left out behind that limit: names of theirs begin with pg_ or sql_, which others rarely do.
SELECT x.kind, n.nspname::text AS schema, r.relname::text AS name,
       CASE WHEN x.oid = r.oid THEN '' ELSE x.relname::text END AS part
FROM (SELECT CASE WHEN c.relkind IN ('i', 'I') THEN 'index' ELSE 'table' END AS kind, c.oid, c.relname,
             CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid ELSE c.oid END AS root,
             row_number() OVER (PARTITION BY c.relkind IN ('i', 'I') ORDER BY c.relname, c.oid) AS number
      FROM (SELECT p.oid, p.relname, p.relkind, p.relispartition, p.relnamespace FROM pg_class p
            WHERE p.relname >= "left"($1::text, 63)::name ORDER BY p.relname LIMIT $2 * 20) c
      JOIN pg_namespace m ON m.oid = c.relnamespace AND m.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND starts_with(c.relname::text, $1::text)) x
JOIN pg_class r ON r.oid = x.root
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE x.number <= $2
ORDER BY x.kind DESC, x.number
