DROP INDEX CONCURRENTLY public.users_parts_idx;
