-- purpose: installed extensions, their versions and schemas; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    e.extname::text AS name,
    concat_ws(' ', 'version', e.extversion, 'schema', n.nspname) AS definition
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
