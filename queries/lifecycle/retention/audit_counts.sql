-- purpose: audit records from $1 to before $2, by organization
-- privilege: SELECT ON TABLE gb_meta.audit_log, public.organizations
-- cost: reads the rows
SELECT
    a.org_id,
    coalesce((SELECT o.slug FROM public.organizations o WHERE o.org_id = a.org_id), '') AS organization,
    count(*) AS rows,
    sum(pg_column_size(a.*))::bigint AS bytes,
    min(a.created_at) AS oldest,
    max(a.created_at) AS newest
FROM gb_meta.audit_log a
WHERE a.created_at >= $1::text::timestamptz AND a.created_at < $2::text::timestamptz
GROUP BY a.org_id
ORDER BY organization, a.org_id
