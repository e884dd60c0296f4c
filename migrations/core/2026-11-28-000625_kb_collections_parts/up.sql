-- Collections by a part of their name, of one organization or of all.
CREATE INDEX CONCURRENTLY kb_collections_parts_idx ON public.kb_collections USING gin (public.name_parts(name), (ARRAY[org_id]))
    WITH (fastupdate = off);
