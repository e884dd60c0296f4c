-- purpose: constraints with their full text, and whether they are validated; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    format('%I.%I %I', n.nspname, coalesce(c.relname, t.typname), k.conname) AS name,
    concat_ws(
        ' ',
        pg_get_constraintdef(k.oid), 'validated', k.convalidated, 'inherited', k.coninhcount, 'local', k.conislocal,
        'comment', (
            SELECT d.description FROM pg_catalog.pg_description AS d
            WHERE d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid AND d.objsubid = 0
        )
    ) AS definition
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND coalesce(c.relname <> '__diesel_schema_migrations', true)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = k.conrelid AND e.deptype = 'e'
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = k.contypid AND e.deptype = 'e'
    )
