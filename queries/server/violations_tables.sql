-- purpose: which tables of this database the named constraints and unique indexes belong to; a partition's counts as its root's
-- privilege: none
-- cost: looks the names up in two catalogs by index
SELECT DISTINCT ON (f.name)
    f.name,
    n.nspname::text AS schema,
    c.relname::text AS "table"
FROM (
    SELECT k.conname::text AS name, k.conrelid AS oid FROM pg_constraint k
    WHERE k.conname = ANY($1::name[]) AND k.conrelid <> 0
    UNION ALL
    SELECT i.relname::text, x.indrelid FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
    WHERE i.relname = ANY($1::name[]) AND x.indisunique
) f
JOIN pg_class c ON c.oid = coalesce(pg_partition_root(f.oid), f.oid)
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY f.name, n.nspname, c.relname
