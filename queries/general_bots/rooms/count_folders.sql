-- purpose: how many folders a user's mail accounts ($1), or one account, have, counted to 1001
-- privilege: none
-- cost: the user's accounts by their index, at most 1001 entries of their folders' index
SELECT count(*)::integer AS rows
FROM (SELECT FROM public.user_email_accounts a JOIN public.email_folders f ON f.account_id = a.id
      WHERE true /*where*/ LIMIT 1001) bounded
-- where: user
AND a.user_id = $1::uuid
-- where: account
AND a.id = $1::uuid
