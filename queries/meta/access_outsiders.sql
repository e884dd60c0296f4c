-- purpose: logins that may read a tenant's table by a grant that is not ours: under row-level security they see no rows of it
-- privilege: none
-- cost: pg_roles times one table
SELECT r.rolname::text AS login
FROM pg_catalog.pg_roles r, pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relname = 'message_history'
  AND r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls
  AND pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT')
  AND NOT pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_roles g
      WHERE g.rolname IN ('gb_app', 'gb_viewer') AND pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE')
  )
ORDER BY 1
