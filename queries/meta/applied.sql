-- purpose: the versions that Diesel's table says were applied, and when (local time of the session that ran them)
-- privilege: SELECT on __diesel_schema_migrations
-- cost: one small table
SELECT version::text AS version, run_on
FROM __diesel_schema_migrations
ORDER BY version COLLATE "C"
