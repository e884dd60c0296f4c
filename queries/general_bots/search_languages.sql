-- purpose: the languages whose words this server can search
-- privilege: none
-- cost: reads a small catalog
SELECT c.cfgname::text AS name FROM pg_ts_config c WHERE c.cfgnamespace = 'pg_catalog'::regnamespace ORDER BY 1
