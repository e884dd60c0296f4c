DROP INDEX CONCURRENTLY public.bots_parts_idx;
