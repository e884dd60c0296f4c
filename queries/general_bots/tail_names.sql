-- purpose: names of the organizations ($1), bots ($2) and users ($3) that messages point at
-- privilege: none
-- cost: primary key look-ups of the ids asked for
SELECT 'organization' AS kind, o.org_id AS id, left(coalesce(o.slug, o.name), 200) AS name
FROM public.organizations o WHERE o.org_id = ANY($1::uuid[])
UNION ALL
SELECT 'bot', b.id, left(b.name, 200) FROM public.bots b WHERE b.id = ANY($2::uuid[])
UNION ALL
SELECT 'user', u.id, left(u.username, 200) FROM public.users u WHERE u.id = ANY($3::uuid[])
