-- purpose: the oids of the tables $1 that are there
-- privilege: none
-- cost: a few catalog rows
SELECT c.oid
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = ANY ($1::text[])
