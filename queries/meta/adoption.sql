-- purpose: what there is about a table ($1, schema and name) that decides whether and how it can be partitioned in place
-- privilege: none
-- cost: catalog look-ups of one table
SELECT
    c.relkind::text AS kind,
    c.relpersistence::text AS persistence,
    r.rolname::text AS owner,
    (SELECT o.rolname::text FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = 'gb_meta') AS schema_owner,
    pg_has_role(c.relowner, 'USAGE') AS owned,
    ARRAY(
        SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    ) AS columns,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attidentity <> '' OR EXISTS (
            SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
        ))
        ORDER BY a.attnum
    ) AS identities,
    (
        SELECT pg_get_expr(d.adbin, 0) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE d.adrelid = c.oid AND a.attname = 'tx'
    ) AS tx_default,
    ARRAY(
        SELECT k.conrelid::regclass::text || ' ' || k.conname FROM pg_constraint k
        WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0
    ) AS referencing,
    ARRAY(
        SELECT DISTINCT w.ev_class::regclass::text FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
    ) AS views,
    ARRAY(
        SELECT i.inhrelid::regclass::text FROM pg_inherits i WHERE i.inhparent = c.oid
        UNION SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid
    ) AS inherits,
    ARRAY(
        -- One of all tables would publish the months by their own names, which a subscriber does not know.
        SELECT p.pubname::text FROM pg_publication p
        WHERE (p.puballtables AND NOT p.pubviaroot)
        OR EXISTS (SELECT FROM pg_publication_rel q WHERE q.prpubid = p.oid AND q.prrelid = c.oid)
        OR EXISTS (SELECT FROM pg_publication_namespace q WHERE q.pnpubid = p.oid AND q.pnnspid = c.relnamespace)
    ) AS publications,
    ARRAY(
        SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname !~ '^gb_(app|viewer|monitor|owner)_'
    ) AS policies,
    ARRAY(
        SELECT i.indexrelid::regclass::text FROM pg_index i
        WHERE
            i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND NOT i.indisprimary
            AND regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE UNIQUE INDEX .*? ON .*? USING ', '')
            NOT IN ('btree (id, created_at)', 'btree (org_id, created_at, id)')
        UNION ALL
        SELECT k.conname::text FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'x'
    ) AS uniques,
    ARRAY(
        SELECT t.tgname::text FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
        AND (t.tgenabled <> 'O' OR t.tgconstraint <> 0 OR t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL)
    ) AS triggers,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL ORDER BY a.attnum
    ) AS column_grants,
    EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid) AS has_rules
FROM pg_class c
JOIN pg_roles r ON r.oid = c.relowner
WHERE c.oid = to_regclass($1::text)
