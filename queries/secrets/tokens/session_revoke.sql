-- purpose: revoke at most $2 sessions, of user, bot or organization $1 or the one with id $1; the ids of those that were valid
-- privilege: none
-- cost: $2 rows, found by index, locked in the order of their ids, so that two batches cannot deadlock
-- Valid: not expired yet. An expired session's token opens nothing and stays as it is.
WITH chosen AS MATERIALIZED (
    SELECT s.id FROM public.user_sessions s WHERE s.expires_at > now() /*where*/ LIMIT $2
), locked AS MATERIALIZED (
    SELECT s.id FROM public.user_sessions s
    WHERE s.id IN (SELECT c.id FROM chosen c) AND s.expires_at > now()
    ORDER BY s.id FOR UPDATE
)
UPDATE public.user_sessions s SET session_token = 'revoked:' || s.id, expires_at = now()
FROM locked
WHERE s.id = locked.id
RETURNING s.id
-- where: session
AND s.id = $1::uuid
-- where: user
AND s.user_id = $1::uuid
-- where: bot
AND s.bot_id = $1::uuid
-- where: organization
AND s.org_id = $1::uuid
