-- purpose: a new collection of bot $1: id $2 (null: one is made), name $3, description $4, metadata $5; no row: no such bot
-- privilege: none
-- cost: one row
INSERT INTO public.kb_collections (id, bot_id, name, description, metadata, org_id)
SELECT coalesce($2::text, gen_random_uuid()::text), b.id, $3::text, $4::text, $5::jsonb, b.org_id
FROM public.bots b
WHERE b.id = $1::uuid
RETURNING id
