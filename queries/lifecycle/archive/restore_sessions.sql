-- purpose: put sessions back that $1 holds as a JSON array, revoked; those that are there, or whose bot is gone, are left
-- privilege: INSERT ON TABLE public.user_sessions
-- cost: a row each, and its keys
INSERT INTO public.user_sessions (id, user_id, bot_id, session_token, expires_at, created_at, updated_at, org_id)
SELECT
    r.id, (SELECT u.id FROM public.users u WHERE u.id = r.user_id), r.bot_id, 'revoked:' || r.id, r.expires_at,
    r.created_at, r.updated_at, r.org_id
FROM jsonb_to_recordset($1::text::jsonb) AS r (
    id uuid, user_id uuid, bot_id uuid, expires_at timestamptz, created_at timestamptz, updated_at timestamptz, org_id uuid
)
WHERE EXISTS (SELECT FROM public.bots b WHERE b.org_id = r.org_id AND b.id = r.bot_id)
ON CONFLICT DO NOTHING
