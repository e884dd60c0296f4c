-- purpose: tables, views, partitioned tables and foreign tables: owner, privileges, row-level security, bounds, comment; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    concat_ws(
        ' ',
        'kind', c.relkind, 'persistence', c.relpersistence, 'owner', pg_get_userbyid(c.relowner),
        'rls', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'identity', c.relreplident,
        'options', array_to_string(c.reloptions, ','),
        'key', pg_get_partkeydef(c.oid),
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'of', (
            SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits AS i
            WHERE i.inhrelid = c.oid
        ),
        'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
        'acl', (
            SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C")
            FROM unnest(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
            WHERE a::text !~ '^gb_(owner|app|viewer|monitor|operator|dba)='
        ),
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
        )
    ) AS definition
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relname <> '__diesel_schema_migrations'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
    )
