-- purpose: default privileges: what new objects will be open to; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    concat_ws(' ', pg_get_userbyid(d.defaclrole), coalesce(n.nspname::text, 'everywhere'), d.defaclobjtype) AS name,
    (SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C") FROM unnest(d.defaclacl) AS a) AS definition
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
