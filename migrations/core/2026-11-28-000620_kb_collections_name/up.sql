-- Collections by the beginning of their name.
CREATE INDEX CONCURRENTLY kb_collections_lower_name_idx ON public.kb_collections (lower(name) COLLATE "C");
