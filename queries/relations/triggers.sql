-- purpose: the triggers of tables $1 (deleted from) and $2 (updated) that run when rows are deleted, or set to null or to a default
-- privilege: none
-- cost: a catalog row a trigger
SELECT
    CASE WHEN n.nspname = 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS "table",
    t.tgname::text AS name,
    CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' ELSE 'AFTER' END AS moment,
    CASE WHEN t.tgtype & 8 <> 0 AND of.root = ANY($1::oid[]) THEN 'DELETE' ELSE 'UPDATE' END AS event,
    t.tgtype & 1 <> 0 AS each_row,
    f.pronamespace::regnamespace::text || '.' || f.proname AS function
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc f ON f.oid = t.tgfoid
CROSS JOIN LATERAL (SELECT coalesce(pg_partition_root(c.oid)::oid, c.oid) AS root) of
WHERE
    NOT t.tgisinternal
    AND t.tgparentid = 0
    AND t.tgenabled IN ('O', 'A')
    AND (t.tgtype & 8 <> 0 AND of.root = ANY($1::oid[]) OR t.tgtype & 16 <> 0 AND of.root = ANY($2::oid[]))
ORDER BY 1, 2
