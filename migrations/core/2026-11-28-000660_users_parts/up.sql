-- Users by a part of their name or address.
CREATE INDEX CONCURRENTLY users_parts_idx ON public.users USING gin (public.name_parts(username), public.name_parts(email))
    WITH (fastupdate = off);
