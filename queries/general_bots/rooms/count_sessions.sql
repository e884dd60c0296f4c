-- purpose: how many sessions there are, counted to 1001: of what $1 names
-- privilege: none
-- cost: at most 1001 entries of the index on org_id, bot_id or user_id
SELECT count(*)::integer AS rows FROM (SELECT FROM public.user_sessions t WHERE true /*where*/ ORDER BY t.updated_at LIMIT 1001) bounded
-- where: org
AND t.org_id = $1::uuid
-- where: bot
AND t.bot_id = $1::uuid
-- where: user
AND t.user_id = $1::uuid
-- where: inside
AND t.org_id = $2::uuid
