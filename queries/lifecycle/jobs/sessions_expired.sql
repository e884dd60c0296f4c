-- purpose: revoke at most $3 sessions that expired from $1 until before $2: a tombstone in the token's place, the row and its messages stay
-- privilege: none
-- cost: $3 rows by the index of expires_at; rows that somebody holds are left for the next run
WITH chosen AS MATERIALIZED (
    SELECT s.id, s.expires_at
    FROM public.user_sessions s
    WHERE s.expires_at >= $1::timestamptz AND s.expires_at < $2::timestamptz AND s.session_token NOT LIKE 'revoked:%'
    ORDER BY s.expires_at
    LIMIT $3::integer
    FOR UPDATE SKIP LOCKED
), revoked AS (
    UPDATE public.user_sessions s SET session_token = 'revoked:' || s.id
    FROM chosen c
    WHERE s.id = c.id
    RETURNING s.id
)
SELECT (SELECT count(*) FROM revoked) AS revoked, (SELECT max(c.expires_at) FROM chosen c) AS until
