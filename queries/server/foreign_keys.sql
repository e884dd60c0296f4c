-- purpose: every foreign key with what its parent's deletions cost: rows of both tables, deletions and key changes seen
-- privilege: none
-- cost: the catalog and the statistics in shared memory (5,000 keys: some 50 ms, every 10 min while watched); no relation is opened
SELECT
    c.oid::bigint AS id,
    c.conrelid::bigint AS table_id,
    n.nspname::text AS schema,
    t.relname::text AS table_name,
    c.conname::text AS name,
    c.conkey AS keys,
    (
        SELECT array_agg(a.attname::text ORDER BY k.at)
        FROM unnest(c.conkey) WITH ORDINALITY k(attnum, at)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
    ) AS columns,
    rn.nspname::text AS parent_schema,
    r.relname::text AS parent_table,
    CASE c.confdeltype
        WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' WHEN 'r' THEN 'restrict' ELSE 'no action'
    END AS on_delete,
    t.relkind = 'p' AS partitioned,
    greatest(t.reltuples, 0)::double precision AS child_rows,
    t.relpages AS child_pages,
    coalesce(pg_stat_get_tuples_deleted(r.oid), 0) AS parent_deleted,
    coalesce(pg_stat_get_tuples_updated(r.oid) - pg_stat_get_tuples_hot_updated(r.oid), 0) AS parent_updated
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_class r ON r.oid = c.confrelid
JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE
    c.contype = 'f'
    AND c.conparentid = 0
    -- From PostgreSQL 18 on a key may stand there without being enforced: then it reads nothing.
    AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
