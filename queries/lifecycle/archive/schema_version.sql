-- purpose: the last migration that was applied
-- privilege: SELECT ON TABLE public.__diesel_schema_migrations
-- cost: a small table
SELECT m.version::text AS version FROM public.__diesel_schema_migrations m ORDER BY m.version DESC LIMIT 1
