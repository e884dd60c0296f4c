-- Tools by a part of their name, of one organization or of all.
CREATE INDEX CONCURRENTLY basic_tools_parts_idx ON public.basic_tools USING gin (public.name_parts(name), (ARRAY[org_id]))
    WITH (fastupdate = off);
