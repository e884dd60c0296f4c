-- purpose: set keys $2 of bot $1 to values $3
-- privilege: none
-- cost: one row a key
INSERT INTO public.bot_configuration (bot_id, key, value, org_id)
SELECT b.id, s.key, s.value, b.org_id
FROM public.bots b, unnest($2::text[], $3::text[]) AS s (key, value)
WHERE b.id = $1::uuid
ON CONFLICT (bot_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
