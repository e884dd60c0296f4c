-- purpose: the months of tables that retention has a policy for: when each ends, its bytes by the catalog, and how many days the default policy keeps (null: for ever)
-- privilege: SELECT on gb_meta.retention_policies
-- cost: the catalog's rows of these partitions and their indexes; no table is opened
SELECT
    n.nspname || '.' || p.relname AS "table",
    (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC' AS ends_at,
    ((c.relpages + coalesce(t.relpages, 0) + coalesce(i.pages, 0)) * current_setting('block_size')::bigint)::bigint AS bytes,
    r.keep_days
FROM (VALUES ('public', 'message_history', 'messages'), ('gb_meta', 'audit_log', 'audit')) AS v (schema, name, kind)
JOIN pg_namespace n ON n.nspname = v.schema
JOIN pg_class p ON p.relnamespace = n.oid AND p.relname = v.name
JOIN pg_inherits h ON h.inhparent = p.oid
JOIN pg_class c ON c.oid = h.inhrelid AND c.relname ~ '_p[0-9]{4}(0[1-9]|1[0-2])$'
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN LATERAL (
    SELECT sum(x.relpages) AS pages FROM pg_index d JOIN pg_class x ON x.oid = d.indexrelid WHERE d.indrelid = c.oid
) i ON true
LEFT JOIN gb_meta.retention_policies r ON r.kind = v.kind AND r.org_id IS NULL
ORDER BY 1, 2
