DROP INDEX CONCURRENTLY public.organizations_parts_idx;
