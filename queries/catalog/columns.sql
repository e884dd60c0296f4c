-- purpose: columns: type, default, nullability, storage, privileges, comment; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I.%I', n.nspname, c.relname, t.attname) AS name,
    concat_ws(
        ' ',
        format_type(t.atttypid, t.atttypmod),
        CASE WHEN t.attnotnull THEN 'not null' END,
        'default', pg_get_expr(v.adbin, v.adrelid),
        'identity', nullif(t.attidentity, ''), 'generated', nullif(t.attgenerated, ''),
        'collation', (
            SELECT l.collname FROM pg_catalog.pg_collation AS l
            WHERE l.oid = t.attcollation
        ),
        'storage', t.attstorage, 'compression', nullif(t.attcompression, ''),
        -- pg_attver: where in the WAL the column was made; PostgreSQL 15.20 (Debian) notes it of every column by itself.
        'options', (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(t.attoptions) AS o WHERE o NOT LIKE 'pg\_attver=%'),
        -- What the console's own roles were granted is left out, here as elsewhere: whether they exist is the server's.
        'acl', (
            SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C") FROM unnest(t.attacl) AS a
            WHERE a::text !~ '^gb_(owner|app|viewer|monitor|operator|dba)='
        ),
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = t.attnum
        )
    ) AS definition
FROM pg_catalog.pg_attribute AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attrdef AS v ON v.adrelid = t.attrelid AND v.adnum = t.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relname <> '__diesel_schema_migrations'
    AND t.attnum > 0 AND NOT t.attisdropped
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
    )
