-- purpose: a new session $1 of bot $2 for user $3 (or nobody), token $4, valid for $5; no row: no such bot, or it is switched off
-- privilege: none
-- cost: one row; the bot's row is locked FOR SHARE, so that a tool registered at the same time reaches this session
WITH bot AS (
    SELECT b.id, b.org_id FROM public.bots b WHERE b.id = $2::uuid AND b.active FOR SHARE
)
INSERT INTO public.user_sessions (id, user_id, bot_id, session_token, expires_at, org_id)
SELECT $1::uuid, $3::uuid, bot.id, $4::text, now() + $5::interval, bot.org_id
FROM bot
RETURNING org_id, expires_at
