DROP INDEX CONCURRENTLY public.basic_tools_parts_idx;
