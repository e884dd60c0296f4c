-- Bots by a part of their name, of one organization or of all.
CREATE INDEX CONCURRENTLY bots_parts_idx ON public.bots USING gin (public.name_parts(name), (ARRAY[org_id]))
    WITH (fastupdate = off);
