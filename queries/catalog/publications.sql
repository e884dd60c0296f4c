-- purpose: publications: what they send of which tables; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    p.pubname::text AS name,
    concat_ws(
        ' ',
        'all', p.puballtables, 'insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete,
        'truncate', p.pubtruncate, 'root', p.pubviaroot, 'tables', (
            SELECT string_agg(r.prrelid::regclass::text, ',' ORDER BY r.prrelid::regclass::text COLLATE "C")
            FROM pg_catalog.pg_publication_rel AS r
            WHERE r.prpubid = p.oid
        )
    ) AS definition
FROM pg_catalog.pg_publication AS p
