-- purpose: a user's login tokens ($4), newest first, behind ($2 time, $3 id): whether they are valid; never the token
-- privilege: none
-- cost: at most $1 entries of the index on (user_id, created_at, id)
SELECT t.id, CASE WHEN t.used THEN 'used' WHEN t.expires_at <= now() THEN 'expired' ELSE 'valid' END AS state,
       t.expires_at AS expires, t.created_at AS created
FROM public.user_login_tokens t
WHERE (t.created_at, t.id) < ($2::timestamptz, $3::uuid) /*where*/
ORDER BY t.created_at DESC, t.id DESC
LIMIT $1
-- where: user
AND t.user_id = $4::uuid
