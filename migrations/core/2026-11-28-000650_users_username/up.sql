-- Users by the beginning of their name.
CREATE INDEX CONCURRENTLY users_lower_username_idx ON public.users (lower(username) COLLATE "C");
