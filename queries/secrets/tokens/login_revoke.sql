-- purpose: make login tokens of user $1, or the one with id $1, useless; the ids of those that were valid
-- privilege: none
-- cost: the tokens of one user
UPDATE public.user_login_tokens t SET used = true, expires_at = least(t.expires_at, now())
WHERE NOT t.used AND t.expires_at > now() /*where*/
RETURNING t.id
-- where: login
AND t.id = $1::uuid
-- where: user
AND t.user_id = $1::uuid
