-- purpose: indexes with their full text, and whether they are valid; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I', n.nspname, i.relname) AS name,
    concat_ws(
        ' ',
        pg_get_indexdef(x.indexrelid), 'valid', x.indisvalid, 'primary', x.indisprimary, 'clustered', x.indisclustered,
        'replica identity', x.indisreplident,
        'of', (
            SELECT h.inhparent::regclass::text FROM pg_catalog.pg_inherits AS h
            WHERE h.inhrelid = x.indexrelid
        ),
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = x.indexrelid AND d.objsubid = 0
        )
    ) AS definition
FROM pg_catalog.pg_index AS x
JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relname <> '__diesel_schema_migrations'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
    )
