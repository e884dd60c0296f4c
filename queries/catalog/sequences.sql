-- purpose: sequences: type, bounds, step, owner, privileges (not their position); for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    concat_ws(
        ' ',
        format_type(s.seqtypid, NULL), 'start', s.seqstart, 'step', s.seqincrement, 'from', s.seqmin, 'to', s.seqmax,
        'cache', s.seqcache, 'cycle', s.seqcycle, 'owner', pg_get_userbyid(c.relowner),
        'acl', (
            SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C")
            FROM unnest(coalesce(c.relacl, acldefault('s', c.relowner))) AS a
            WHERE a::text !~ '^gb_(owner|app|viewer|monitor|operator|dba)='
        ),
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
        )
    ) AS definition
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
    )
