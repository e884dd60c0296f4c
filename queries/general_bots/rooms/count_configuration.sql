-- purpose: how many configuration there are, counted to 1001: of what $1 names
-- privilege: none
-- cost: at most 1001 entries of the index on (bot_id, key)
SELECT count(*)::integer AS rows FROM (SELECT FROM public.bot_configuration t WHERE true /*where*/ ORDER BY t.key LIMIT 1001) bounded
-- where: bot
AND t.bot_id = $1::uuid
