-- purpose: mark sessions $1 as active now
-- privilege: none
-- cost: one row a session, locked in the order of their ids, so that two batches cannot deadlock
WITH touched AS (
    SELECT s.id FROM public.user_sessions s WHERE s.id = ANY ($1::uuid[]) ORDER BY s.id FOR NO KEY UPDATE
)
UPDATE public.user_sessions s SET updated_at = now() FROM touched WHERE s.id = touched.id
