DROP INDEX CONCURRENTLY public.users_lower_username_idx;
