-- purpose: the session whose token is stored as $1; no row: revoked, expired, unknown, or its user is not active
-- privilege: none
-- cost: one row by its unique index, and its user by key
SELECT s.id AS session_id, s.org_id, s.bot_id, s.user_id, s.expires_at
FROM public.user_sessions s
LEFT JOIN public.users u ON u.id = s.user_id
WHERE s.session_token = $1::text AND s.expires_at > clock_timestamp() AND coalesce(u.active, s.user_id IS NULL)
