-- purpose: what of the platform's schema does not belong to gb_owner, and to whom it does
-- privilege: SELECT on gb_meta.access_tables
-- cost: the catalog's entries of a few schemas
WITH ours AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname IN ('gb_meta', 'gb_part', 'gb_redacted')
), owned AS (
    SELECT 1 AS place, 'SCHEMA' AS kind, format('%I', n.nspname) AS name, n.nspowner AS owner
    FROM pg_catalog.pg_namespace n JOIN ours USING (oid)
    UNION ALL
    SELECT 2, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
           format('%I.%I', n.nspname, c.relname), c.relowner
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND (n.oid IN (SELECT oid FROM ours)
           OR format('%s.%s', n.nspname, c.relname) IN (SELECT t.table_name FROM gb_meta.access_tables t))
      -- A column's own sequence goes with its table.
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND c.relkind = 'S'
      )
    UNION ALL
    SELECT 3, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure::text, p.proowner
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT oid FROM ours) OR p.oid = to_regprocedure('public.name_parts(text)')
)
SELECT owned.kind, owned.name, pg_catalog.pg_get_userbyid(owned.owner)::text AS owner,
       coalesce(r.rolsuper OR r.rolname = current_user, false) AS own
FROM owned
LEFT JOIN pg_catalog.pg_roles r ON r.oid = owned.owner
WHERE r.rolname IS DISTINCT FROM 'gb_owner'
ORDER BY owned.place, owned.name
