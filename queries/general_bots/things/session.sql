-- purpose: the session with this id ($1)
-- privilege: none
-- cost: two look-ups by key
SELECT s.id::text AS key, left(s.id::text, 8) AS name, s.org_id AS org_id, o.slug AS organization
FROM public.user_sessions s
JOIN public.organizations o ON o.org_id = s.org_id
WHERE s.id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
