-- Bots by the beginning of their name.
CREATE INDEX CONCURRENTLY bots_lower_name_idx ON public.bots (lower(name) COLLATE "C");
