-- purpose: schemas with owner, privileges and comment; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    n.nspname::text AS name,
    concat_ws(
        ' ',
        'owner', pg_get_userbyid(n.nspowner),
        'acl', (
            SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C")
            FROM unnest(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
            WHERE a::text !~ '^gb_(owner|app|viewer|monitor|operator|dba)='
        ),
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objoid = n.oid AND d.objsubid = 0
        )
    ) AS definition
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e'
    )
