-- Tools by the beginning of their name.
CREATE INDEX CONCURRENTLY basic_tools_lower_name_idx ON public.basic_tools (lower(name) COLLATE "C");
