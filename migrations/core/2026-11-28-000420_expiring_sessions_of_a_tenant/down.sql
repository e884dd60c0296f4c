-- Takes the index back: afterwards the schema is as it was before.
DROP INDEX CONCURRENTLY IF EXISTS public.user_sessions_org_id_expires_at_id_idx;
