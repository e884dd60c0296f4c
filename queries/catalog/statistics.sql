-- purpose: extended statistics objects; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I', n.nspname, s.stxname) AS name,
    concat_ws(' ', pg_get_statisticsobjdef(s.oid), 'owner', pg_get_userbyid(s.stxowner)) AS definition
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
