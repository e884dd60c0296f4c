-- purpose: remember value $4 under key $3 for bot $1 of organization $2
-- privilege: none
-- cost: one row; waits for whoever holds it
INSERT INTO public.bot_memories (bot_id, org_id, key, value)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text)
ON CONFLICT (bot_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
