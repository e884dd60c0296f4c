-- purpose: the tables that foreign keys connect (partitioned ones by their parent alone), their columns and keys, and what this role may read of them
-- privilege: none
-- cost: the catalog rows of these tables, at most $1 of them; asked when somebody describes or deletes something
WITH connected AS (
    SELECT DISTINCT coalesce(pg_partition_root(side.relid)::oid, side.relid) AS relid
    FROM pg_constraint k
    CROSS JOIN LATERAL (VALUES (k.conrelid), (k.confrelid)) AS side (relid)
    WHERE k.contype = 'f' AND k.conparentid = 0
)
SELECT
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind = 'p' AS partitioned,
    c.relkind = 'r' AND c.relhassubclass AS inherited,
    has_schema_privilege(n.oid, 'USAGE') AS usable,
    row_security_active(c.oid) AS filtered,
    c.relkind = 'p' OR c.reltuples > 100000 OR c.relpages > 10000 AS large,
    columns.names AS column_names,
    columns.types AS column_types,
    columns.readable AS columns_readable,
    columns.not_null AS columns_not_null,
    coalesce(key.names, '{}') AS key_names
FROM connected
JOIN pg_class c ON c.oid = connected.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        array_agg(a.attname::text ORDER BY a.attnum) AS names,
        array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS types,
        array_agg(has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum) AS readable,
        array_agg(a.attnotnull ORDER BY a.attnum) AS not_null
    FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) columns
-- The primary key, else the first unique index that names each row.
LEFT JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY part.place) AS names
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS part (attnum, place)
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.attnum
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
    GROUP BY i.indexrelid, i.indisprimary
    HAVING bool_and(coalesce(a.attnotnull, false))
    ORDER BY i.indisprimary DESC, count(*), i.indexrelid
    LIMIT 1
) key ON true
ORDER BY n.nspname, c.relname
LIMIT $1
