-- purpose: tables that hold what tenants own: their size at the last VACUUM or ANALYZE, and how the planner thinks it is shared out
-- privilege: none (tables that the role may not read have no statistics here)
-- cost: the catalog's rows of some thirty tables and partitions and of their indexes; no table is opened
SELECT coalesce(p.relname, c.relname)::text AS "table", c.relname::text AS part,
       c.reltuples::float8 AS rows,
       (c.relpages + coalesce(t.relpages, 0) + coalesce(i.pages, 0)) * current_setting('block_size')::float8 AS bytes,
       coalesce(s.n_distinct, w.n_distinct)::float8 AS distinct_organizations,
       coalesce(s.most_common_vals, w.most_common_vals)::text::text[] AS organizations,
       coalesce(s.most_common_freqs, w.most_common_freqs)::float8[] AS shares,
       greatest(a.last_analyze, a.last_autoanalyze) AS analyzed_at
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute org ON org.attrelid = c.oid AND org.attname = 'org_id' AND NOT org.attisdropped
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
LEFT JOIN pg_class p ON p.oid = h.inhparent
LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN LATERAL (
    SELECT sum(x.relpages) AS pages FROM pg_index d JOIN pg_class x ON x.oid = d.indexrelid WHERE d.indrelid = c.oid) i ON true
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = 'org_id' AND NOT s.inherited
LEFT JOIN pg_stats w ON w.schemaname = pn.nspname AND w.tablename = p.relname AND w.attname = 'org_id' AND w.inherited
LEFT JOIN pg_stat_all_tables a ON a.relid = c.oid
WHERE c.relkind = 'r' AND coalesce(pn.nspname, n.nspname) = 'public'
ORDER BY 1, 2
