-- purpose: the columns of the largest tables, in their order, with what ANALYZE knows of each; nothing where it never looked
-- privilege: pg_read_all_data
-- cost: one pass over the planner's statistics of the tables named in $1 (500 tables, 5,000 columns: about 160 ms, every 10 min while watched)
SELECT
    a.attrelid::bigint AS table_id,
    a.attnum,
    a.attname::text AS name,
    a.attlen AS length,
    a.attalign::text AS alignment,
    a.attgenerated = 'v' AS is_virtual,
    -- SET STATISTICS 0; no target is NULL from PostgreSQL 17 on, and -1 before.
    coalesce(a.attstattarget, -1) = 0 AS switched_off,
    s.avg_width AS width,
    s.null_frac::float8 AS null_share
FROM unnest($1::bigint[]) w(id)
JOIN pg_class c ON c.oid = w.id::oid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_stats s
    ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')
ORDER BY a.attrelid, a.attnum
