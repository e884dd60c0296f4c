-- purpose: the indexes and constraints of a table ($1) by what they are, and whether each is whole
-- privilege: none
-- cost: catalog look-ups of one table
SELECT
    'index' AS kind,
    x.relname::text AS name,
    regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON .*? USING ', '\1') AS shape,
    i.indisvalid AS whole
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
WHERE i.indrelid = to_regclass($1::text)
UNION ALL
SELECT
    'constraint',
    k.conname::text,
    regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''),
    k.convalidated
FROM pg_constraint k
WHERE k.conrelid = to_regclass($1::text) AND k.contype IN ('c', 'f')
ORDER BY 1, 2
