-- purpose: types of our own: enums with their labels, domains, composites, ranges; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I', n.nspname, t.typname) AS name,
    concat_ws(
        ' ',
        'kind', t.typtype, 'owner', pg_get_userbyid(t.typowner),
        'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'not null', t.typnotnull, 'default', t.typdefault,
        'labels', (
            SELECT string_agg(quote_literal(l.enumlabel), ',' ORDER BY l.enumsortorder)
            FROM pg_catalog.pg_enum AS l
            WHERE l.enumtypid = t.oid
        ),
        'subtype', (
            SELECT format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range AS r
            WHERE r.rngtypid = t.oid
        ),
        'acl', (
            SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C")
            FROM unnest(coalesce(t.typacl, acldefault('T', t.typowner))) AS a
            WHERE a::text !~ '^gb_(owner|app|viewer|monitor|operator|dba)='
        ),
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_type'::regclass AND d.objoid = t.oid AND d.objsubid = 0
        )
    ) AS definition
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    AND t.typelem = 0
    AND (t.typtype IN ('e', 'd', 'r', 'm') OR c.relkind = 'c')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e'
    )
