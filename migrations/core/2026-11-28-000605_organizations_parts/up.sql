-- Organizations by a part of their name or slug.
CREATE INDEX CONCURRENTLY organizations_parts_idx ON public.organizations USING gin (public.name_parts(name), public.name_parts(slug))
    WITH (fastupdate = off);
