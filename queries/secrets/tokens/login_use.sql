-- purpose: use up the login token stored as $1: its user; no row: used, expired, unknown, or the user is not active
-- privilege: none
-- cost: one row by its unique index; others with the same token wait for it and then find it used
-- clock_timestamp: in a transaction that began before it expired, now() would let it in.
UPDATE public.user_login_tokens t SET used = true
FROM public.users u
WHERE t.token = $1::text AND NOT t.used AND t.expires_at > clock_timestamp() AND u.id = t.user_id AND u.active
RETURNING t.user_id
