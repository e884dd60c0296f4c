-- Users by the beginning of their address: the unique index sorts by the locale, which knows no beginnings.
CREATE INDEX CONCURRENTLY users_lower_email_idx ON public.users (lower(email) COLLATE "C");
