-- purpose: give session $1 the token stored as $2, valid for $3, while it is valid; its id
-- privilege: none
-- cost: one row by key
UPDATE public.user_sessions s SET session_token = $2::text, expires_at = now() + $3::interval
WHERE s.id = $1::uuid AND s.expires_at > now() AND s.session_token NOT LIKE 'revoked:%'
RETURNING s.id
