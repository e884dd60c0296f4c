-- purpose: every login that has the rights of one of the roles $1, or is bound here, by name
-- privilege: SELECT on gb_meta.access_logins
-- cost: pg_roles
SELECT r.rolname::text AS login
FROM pg_catalog.pg_roles r
WHERE r.rolcanlogin AND NOT r.rolsuper
  AND (EXISTS (SELECT FROM pg_catalog.pg_roles g
               WHERE g.rolname::text = ANY ($1::text[]) AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER'))
       OR EXISTS (SELECT FROM gb_meta.access_logins a WHERE a.login_oid = r.oid OR a.login = r.rolname::text))
ORDER BY 1
