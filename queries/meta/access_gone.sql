-- purpose: bindings of logins that are gone, or made anew under their name
-- privilege: SELECT on gb_meta.access_logins
-- cost: one small table
SELECT a.login, a.role, a.bound
FROM gb_meta.access_logins a
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = a.login_oid)
ORDER BY 1
