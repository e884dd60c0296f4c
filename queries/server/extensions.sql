-- purpose: the extensions of this database, their version against the one that the server has at hand
-- privilege: none
-- cost: the server reads the control files of its extensions (some 40 small files), every 10 minutes
SELECT
    e.extname::text AS name,
    e.extversion AS installed,
    coalesce(a.default_version, '') AS available,
    n.nspname::text AS schema,
    pg_get_userbyid(e.extowner)::text AS owner,
    coalesce(a.comment, '') AS comment,
    format('ALTER EXTENSION %I UPDATE;', e.extname) AS statement
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions a ON a.name = e.extname
ORDER BY e.extname
