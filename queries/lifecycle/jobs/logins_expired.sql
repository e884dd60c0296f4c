-- purpose: delete at most $2 login tokens that expired before $1
-- privilege: none
-- cost: $2 rows by the index of expires_at; rows that somebody holds are left for the next run
DELETE FROM public.user_login_tokens t
WHERE t.id IN (
    SELECT e.id
    FROM public.user_login_tokens e
    WHERE e.expires_at < $1::timestamptz
    ORDER BY e.expires_at
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
)
