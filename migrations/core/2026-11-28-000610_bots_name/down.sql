DROP INDEX CONCURRENTLY public.bots_lower_name_idx;
