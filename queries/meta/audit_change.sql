-- purpose: the columns of the row before and after, of the audit record with id $1 and time $2, those that changed first
-- privilege: SELECT ON TABLE gb_meta.audit_log
-- cost: one row by primary key; texts are cut at 4,000 characters
SELECT k.field, left(m.before ->> k.field, 4000) AS before, left(m.after ->> k.field, 4000) AS after,
       coalesce(greatest(length(m.before ->> k.field), length(m.after ->> k.field)) > 4000, false) AS cut,
       m.before -> k.field IS DISTINCT FROM m.after -> k.field AS differs
FROM gb_meta.audit_log m
CROSS JOIN LATERAL (
    SELECT b.field FROM jsonb_object_keys(m.before) b (field) UNION SELECT a.field FROM jsonb_object_keys(m.after) a (field)
) k
WHERE m.id = $1::uuid AND m.created_at = $2::timestamptz
ORDER BY m.before -> k.field IS NOT DISTINCT FROM m.after -> k.field, k.field
LIMIT 500
