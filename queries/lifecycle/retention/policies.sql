-- purpose: how long what is kept: the default of each kind first, then what organizations have instead
-- privilege: SELECT ON TABLE gb_meta.retention_policies, public.organizations
-- cost: a small table
SELECT p.kind, p.org_id, coalesce(o.slug, '') AS organization, p.keep_days, p.actor, p.updated_at
FROM gb_meta.retention_policies p
LEFT JOIN public.organizations o ON o.org_id = p.org_id
ORDER BY p.kind, p.org_id IS NOT NULL, o.slug
