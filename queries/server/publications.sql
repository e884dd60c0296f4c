-- purpose: publications of this database: what they publish, and tables whose updates fail because nothing identifies their rows
-- privilege: none
-- cost: the catalog: one row a publication, one pass over the published tables; no table is opened (pg_publication_tables would)
WITH published AS MATERIALIZED (
    SELECT r.prpubid AS publication, r.prrelid AS relation FROM pg_publication_rel r
    UNION
    -- Whole schemas, on 15 and later; that catalog is named by text, as 14 has none.
    SELECT p.refobjid, c.oid
    FROM pg_depend p
    JOIN pg_depend s ON s.classid = p.classid AND s.objid = p.objid AND s.refclassid = 'pg_namespace'::regclass
    JOIN pg_class c ON c.relnamespace = s.refobjid AND c.relkind IN ('r', 'p')
    WHERE p.classid = to_regclass('pg_catalog.pg_publication_namespace') AND p.refclassid = 'pg_publication'::regclass
    UNION
    SELECT p.oid, c.oid
    FROM pg_publication p
    JOIN pg_class c ON c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE p.puballtables AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
),

unidentified AS MATERIALIZED (
    SELECT d.publication, CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
    FROM published d
    JOIN pg_class c ON c.oid = d.relation AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        c.relreplident = 'n'
        OR (c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary))
        OR (c.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisreplident))
)

SELECT
    p.pubname::text AS name,
    (SELECT count(*) FROM published d WHERE d.publication = p.oid) AS tables,
    p.puballtables AS all_tables,
    concat_ws(', ',
        CASE WHEN p.pubinsert THEN 'insert' END,
        CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END,
        CASE WHEN p.pubtruncate THEN 'truncate' END
    ) AS operations,
    CASE WHEN p.pubupdate OR p.pubdelete THEN ARRAY(
        SELECT u.name FROM unidentified u WHERE u.publication = p.oid ORDER BY 1 LIMIT 20
    ) ELSE '{}' END AS unidentified,
    pg_get_userbyid(p.pubowner)::text AS owner,
    p.pubviaroot AS via_root
FROM pg_publication p
ORDER BY p.pubname
