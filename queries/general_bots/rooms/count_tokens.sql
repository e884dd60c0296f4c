-- purpose: how many tokens there are, counted to 1001: of what $1 names
-- privilege: none
-- cost: at most 1001 entries of the index on user_id
SELECT count(*)::integer AS rows FROM (SELECT FROM public.user_login_tokens t WHERE true /*where*/ ORDER BY t.created_at LIMIT 1001) bounded
-- where: user
AND t.user_id = $1::uuid
