-- purpose: which of the users $1, sessions $2 and bots $3 there are
-- privilege: SELECT ON TABLE public.users, public.user_sessions, public.bots
-- cost: rows by key
SELECT u.id::text AS id FROM public.users u WHERE u.id = ANY ($1::text[]::uuid[])
UNION ALL
SELECT s.id::text FROM public.user_sessions s WHERE s.id = ANY ($2::text[]::uuid[])
UNION ALL
SELECT b.id::text FROM public.bots b WHERE b.id = ANY ($3::text[]::uuid[])
