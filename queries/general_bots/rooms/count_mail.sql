-- purpose: how many mail there are, counted to 1001: of what $1 names
-- privilege: none
-- cost: at most 1001 entries of the index on user_id
SELECT count(*)::integer AS rows FROM (SELECT FROM public.user_email_accounts t WHERE true /*where*/ LIMIT 1001) bounded
-- where: user
AND t.user_id = $1::uuid
