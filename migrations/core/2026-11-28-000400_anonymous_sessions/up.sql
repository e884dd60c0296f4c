-- Anonymous sessions by last activity.
--
-- Why: the list of sessions narrowed to those without a user pages by it, however few they are.
-- Locks: none that writers wait for; built CONCURRENTLY.
CREATE INDEX CONCURRENTLY user_sessions_anonymous_updated_at_id_idx
    ON public.user_sessions (updated_at DESC, id DESC) WHERE user_id IS NULL;
