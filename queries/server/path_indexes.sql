-- purpose: the tables $1 of the schema public with their columns and every index on them, with its use; those of partitions summed up at their parent
-- privilege: none
-- cost: catalog look-ups of these tables and their partitions; no relation is opened (pg_partition_tree would wait for a locked one)
WITH RECURSIVE tree AS (
    SELECT c.oid AS parent, c.relname, c.oid, c.relkind
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = ANY($1::text[]) AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT t.parent, t.relname, c.oid, c.relkind
    FROM tree t
    JOIN pg_inherits i ON i.inhparent = t.oid
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE t.relkind = 'p'
),

parts AS (
    SELECT t.parent, t.relname, t.oid
    FROM tree t
    WHERE t.relkind <> 'p' OR (t.oid = t.parent AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = t.oid))
),

tables AS (
    SELECT
        p.parent,
        p.relname::text AS table_name,
        sum(greatest(c.reltuples, 0))::double precision AS table_rows,
        sum(c.relpages)::bigint AS table_pages,
        sum(coalesce(pg_stat_get_numscans(p.oid), 0))::bigint AS whole_reads
    FROM parts p
    JOIN pg_class c ON c.oid = p.oid
    GROUP BY p.parent, p.relname
),

indexes AS (
    SELECT x.indrelid AS parent, x.indexrelid, x.indkey, x.indnkeyatts, x.indisvalid AND x.indisready AS valid, x.indpred, x.indexprs
    FROM pg_index x
    WHERE x.indrelid IN (SELECT t.parent FROM tables t)
),

index_parts AS (
    SELECT x.indexrelid AS root, x.indexrelid AS oid
    FROM indexes x
    UNION ALL
    SELECT p.root, i.inhrelid
    FROM index_parts p
    JOIN pg_inherits i ON i.inhparent = p.oid
)

SELECT
    t.table_name,
    (SELECT relkind = 'p' FROM pg_class WHERE oid = t.parent) AS partitioned,
    t.table_rows,
    t.table_pages,
    t.whole_reads,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = t.parent AND a.attnum > 0 AND NOT a.attisdropped
    ) AS table_columns,
    coalesce(i.relname::text, '') AS index_name,
    coalesce(m.amname::text, '') AS method,
    coalesce(x.valid, false) AS valid,
    x.indpred IS NOT NULL AS partial,
    ARRAY(
        SELECT coalesce(a.attname::text, '')
        FROM unnest(x.indkey::smallint[]) WITH ORDINALITY k(attnum, at)
        LEFT JOIN pg_attribute a ON a.attrelid = t.parent AND a.attnum = k.attnum
        WHERE k.at <= x.indnkeyatts
        ORDER BY k.at
    ) AS keys,
    -- A partitioned index itself counts nothing.
    coalesce(u.scans, 0)::bigint AS scans,
    coalesce(u.rows_read, 0)::bigint AS rows_read
FROM tables t
LEFT JOIN indexes x ON x.parent = t.parent
LEFT JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_am m ON m.oid = i.relam
LEFT JOIN LATERAL (
    SELECT
        sum(pg_stat_get_numscans(p.oid)) AS scans,
        sum(pg_stat_get_tuples_returned(p.oid)) AS rows_read
    FROM index_parts p
    WHERE p.root = x.indexrelid
) u ON true
ORDER BY 1, 7
