-- purpose: where the index $2 of the table $1 stands: for the table and each of its partitions the index of it, if there is one
-- privilege: none
-- cost: reads pg_class, pg_index and pg_inherits of one table; opens nothing
WITH wanted AS (
    SELECT c.oid, c.relkind, to_regclass(format('public.%I', $2::text)) AS index
    FROM pg_class c
    WHERE c.oid = to_regclass(format('public.%I', $1::text))
), part AS (
    SELECT w.oid, true AS whole, w.index, w.relkind FROM wanted w
    UNION ALL
    SELECT i.inhrelid, false, w.index, c.relkind
    FROM wanted w JOIN pg_inherits i ON i.inhparent = w.oid JOIN pg_class c ON c.oid = i.inhrelid
    WHERE NOT i.inhdetachpending
)
SELECT n.nspname::text AS schema, c.relname::text AS "table", p.relkind = 'p' AS partitioned, p.whole,
       pg_has_role(c.relowner, 'USAGE') AS owned,
       x.name AS index, coalesce(x.valid, false) AS valid, coalesce(x.attached, false) AS attached
FROM part p
JOIN pg_class c ON c.oid = p.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
-- Of a partition: what hangs on the table's index, else what bears the name that a build gives it.
LEFT JOIN LATERAL (
    SELECT k.relname::text AS name, d.indisvalid AS valid, h.inhparent IS NOT NULL AS attached
    FROM pg_index d
    JOIN pg_class k ON k.oid = d.indexrelid
    LEFT JOIN pg_inherits h ON h.inhrelid = d.indexrelid AND h.inhparent = p.index
    WHERE d.indrelid = p.oid
    AND (h.inhparent IS NOT NULL OR (p.whole AND k.oid = p.index)
         OR k.relname = c.relname || substr($2::text, length($1::text) + 1))
    ORDER BY h.inhparent IS NULL LIMIT 1) x ON true
ORDER BY p.whole DESC, c.relname DESC
