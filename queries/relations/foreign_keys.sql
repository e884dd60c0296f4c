-- purpose: the foreign keys of this database, those of partitions by their parent's alone
-- privilege: none
-- cost: one catalog row each, at most $1 of them; asked when somebody describes or deletes something
SELECT
    k.conname::text AS name,
    coalesce(pg_partition_root(k.conrelid)::oid, k.conrelid) AS child,
    coalesce(pg_partition_root(k.confrelid)::oid, k.confrelid) AS parent,
    -- A key that one partition alone has, or that points to one partition alone.
    coalesce(pg_partition_root(k.conrelid)::oid, k.conrelid) <> k.conrelid
    OR coalesce(pg_partition_root(k.confrelid)::oid, k.confrelid) <> k.confrelid
    -- PostgreSQL 18: a key over periods compares them by overlap.
    OR coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) AS partial,
    parts.columns,
    parts.references,
    parts.operator_schemas,
    parts.operators,
    k.confdeltype::text AS on_delete,
    -- PostgreSQL 15: ON DELETE SET NULL may name columns; else it is all of them.
    coalesce(
        (
            SELECT array_agg(a.attname::text ORDER BY a.attnum)
            FROM jsonb_array_elements_text(nullif(to_jsonb(k) -> 'confdelsetcols', 'null')) AS chosen (attnum)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = chosen.attnum::int
        ),
        parts.columns
    ) AS sets,
    k.condeferrable AS deferrable,
    EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = ANY(k.conkey)
    ) AS indexed
FROM pg_constraint k
CROSS JOIN LATERAL (
    SELECT
        array_agg(child.attname::text ORDER BY part.place) AS columns,
        array_agg(parent.attname::text ORDER BY part.place) AS references,
        array_agg(ns.nspname::text ORDER BY part.place) AS operator_schemas,
        array_agg(op.oprname::text ORDER BY part.place) AS operators
    FROM unnest(k.conkey, k.confkey, k.conpfeqop) WITH ORDINALITY AS part (child, parent, operator, place)
    JOIN pg_attribute child ON child.attrelid = k.conrelid AND child.attnum = part.child
    JOIN pg_attribute parent ON parent.attrelid = k.confrelid AND parent.attnum = part.parent
    JOIN pg_operator op ON op.oid = part.operator
    JOIN pg_namespace ns ON ns.oid = op.oprnamespace
) parts
WHERE
    k.contype = 'f'
    AND k.conparentid = 0
    -- PostgreSQL 18: one that is NOT ENFORCED does nothing.
    AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
ORDER BY k.oid
LIMIT $1
