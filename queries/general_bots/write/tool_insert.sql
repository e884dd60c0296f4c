-- purpose: a new tool of bot $1: id $2 (null: one is made), name $3, description $4, parameters $5, script $6, metadata $7; no row: no such bot
-- privilege: none
-- cost: one row; locks the bot's row, so that registrations and new sessions of one bot take turns
WITH bot AS (
    SELECT b.id, b.org_id FROM public.bots b WHERE b.id = $1::uuid FOR NO KEY UPDATE
)
INSERT INTO public.basic_tools (id, bot_id, name, description, parameters, script, metadata, org_id)
SELECT coalesce($2::text, gen_random_uuid()::text), bot.id, $3::text, $4::text, $5::jsonb, $6::text, $7::jsonb, bot.org_id
FROM bot
RETURNING id
