-- A user's sessions, the latest activity first, page by this.
CREATE INDEX CONCURRENTLY user_sessions_user_id_updated_at_id_idx
    ON public.user_sessions (user_id, updated_at DESC, id DESC);
