-- purpose: how many preferences a user ($1) has set, counted to 1001
-- privilege: none
-- cost: one row by its unique key
SELECT count(*)::integer AS rows
FROM (SELECT FROM public.user_preferences p CROSS JOIN LATERAL jsonb_object_keys(p.preferences)
      WHERE true /*where*/ LIMIT 1001) bounded
-- where: user
AND p.user_id = $1::uuid
