-- purpose: sessions $1 without their tokens, for the archive of what was said in them
-- privilege: SELECT ON TABLE public.user_sessions
-- cost: rows by key
SELECT
    s.id::text AS id, s.user_id::text AS user_id, s.bot_id::text AS bot_id, s.expires_at, s.created_at, s.updated_at,
    s.org_id::text AS org_id
FROM public.user_sessions s
WHERE s.id = ANY ($1::text[]::uuid[])
ORDER BY s.id
