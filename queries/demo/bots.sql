-- purpose: the active bots that live traffic talks through, at most $1, with their organizations; the oldest organizations first
-- privilege: none
-- cost: reads organizations and bots once, at the start of the traffic
SELECT b.id, b.name, b.org_id, o.slug
FROM public.organizations o
JOIN public.bots b ON b.org_id = o.org_id AND b.active
ORDER BY o.created_at, o.slug, b.created_at, b.id
LIMIT $1
