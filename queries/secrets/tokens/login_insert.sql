-- purpose: a login token of user $1, stored as $2, valid for $3; no row: no such user, or not active
-- privilege: none
-- cost: one row
INSERT INTO public.user_login_tokens (user_id, token, expires_at)
SELECT u.id, $2::text, now() + $3::interval FROM public.users u WHERE u.id = $1::uuid AND u.active
RETURNING id, expires_at
