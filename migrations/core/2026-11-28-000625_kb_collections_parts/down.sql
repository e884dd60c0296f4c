DROP INDEX CONCURRENTLY public.kb_collections_parts_idx;
