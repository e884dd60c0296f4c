-- purpose: the columns of the tables named $1 with what ANALYZE knows of them, and how large and how often written each table is
-- privilege: pg_read_all_data
-- cost: catalog look-ups of these tables; of a partitioned one statistics of its own, else those of its largest partition
WITH RECURSIVE parts AS (
    -- Not pg_partition_tree: it locks what it looks at.
    SELECT c.oid AS parent, c.oid
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        c.relname = ANY($1::text[])
        AND c.relkind IN ('r', 'p', 'm')
        AND NOT c.relispartition
        AND c.relpersistence <> 't'
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'
    UNION ALL
    SELECT p.parent, i.inhrelid
    FROM parts p
    JOIN pg_inherits i ON i.inhparent = p.oid
    JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
),

sums AS (
    SELECT
        p.parent,
        sum(greatest(c.reltuples, 0))::double precision AS table_rows,
        sum(c.relpages)::double precision AS table_pages,
        sum(
            pg_stat_get_tuples_inserted(p.oid) + pg_stat_get_tuples_updated(p.oid) - pg_stat_get_tuples_hot_updated(p.oid)
        )::double precision AS written,
        (array_agg(p.oid ORDER BY c.reltuples DESC))[1] AS largest
    FROM parts p
    JOIN pg_class c ON c.oid = p.oid
    GROUP BY p.parent
)

SELECT
    s.parent::bigint AS table_id,
    n.nspname::text AS schema,
    c.relname::text AS table_name,
    c.relkind = 'p' AS partitioned,
    s.table_rows,
    s.table_pages,
    coalesce(s.written, 0)::double precision AS written,
    a.attname::text AS column_name,
    format_type(a.atttypid, NULL) AS type,
    t.typcategory::text AS category,
    k.n_distinct::double precision AS n_distinct,
    k.null_frac::double precision AS null_share,
    k.avg_width AS width,
    -- In bytes; NULL: as long as may be. Numbers, dates, addresses and enums are short whatever they are.
    CASE
        WHEN t.typlen > 0 THEN t.typlen::integer
        WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN (a.atttypmod - 4) * 4
        WHEN t.typcategory IN ('N', 'D', 'T', 'I', 'E', 'B') THEN 64
    END AS longest,
    k.correlation::double precision AS correlation,
    (k.most_common_freqs)[1]::double precision AS top_share,
    (k.most_common_vals::text::text[])[1] AS top_value
FROM sums s
JOIN pg_class c ON c.oid = s.parent
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = s.parent AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN LATERAL (
    SELECT q.*
    FROM pg_class l
    JOIN pg_namespace m ON m.oid = l.relnamespace
    JOIN pg_stats q ON q.schemaname = m.nspname AND q.tablename = l.relname AND q.attname = a.attname
    WHERE l.oid IN (s.parent, s.largest) AND q.inherited = (l.relkind = 'p')
    ORDER BY l.oid = s.parent DESC
    LIMIT 1
) k ON true
ORDER BY s.parent, a.attnum
