-- purpose: a new document in collection $1: id $2 (null: one is made), name $3, content $4, metadata $5; no row: no such collection
-- privilege: none
-- cost: one row
INSERT INTO public.kb_documents (id, collection_id, bot_id, name, content, metadata, org_id)
SELECT coalesce($2::text, gen_random_uuid()::text), c.id, c.bot_id, $3::text, $4::text, $5::jsonb, c.org_id
FROM public.kb_collections c
WHERE c.id = $1::text
RETURNING id
