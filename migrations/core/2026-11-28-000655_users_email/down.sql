DROP INDEX CONCURRENTLY public.users_lower_email_idx;
