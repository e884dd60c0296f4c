-- A bot's sessions, the latest activity first, page by this; of all sessions' index most entries would be another's.
CREATE INDEX CONCURRENTLY user_sessions_bot_id_updated_at_id_idx ON public.user_sessions (bot_id, updated_at DESC, id DESC);
