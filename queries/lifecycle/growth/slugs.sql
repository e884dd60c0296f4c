-- purpose: the slugs of the organizations $1
-- privilege: SELECT on public.organizations
-- cost: a hundred rows by key
SELECT o.org_id, o.slug FROM public.organizations o WHERE o.org_id = ANY ($1::uuid[])
