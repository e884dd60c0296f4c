-- purpose: one role ($1) as the walls see it: what it is, of what it is a member, what it owns, how it is bound
-- privilege: SELECT on gb_meta.access_logins
-- cost: pg_roles, and the catalog's entry of one table
SELECT
    r.oid AS login_oid, r.rolname::text AS login, r.rolcanlogin AS logs_in, r.rolsuper AS superuser,
    r.rolbypassrls AS bypasses, r.rolcreaterole AS creates_roles, r.rolreplication AS replicates,
    -- What it has the rights of, by whatever way; not what it might become by SET ROLE alone.
    ARRAY(
        SELECT g.rolname::text FROM pg_catalog.pg_roles g
        WHERE g.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE') ORDER BY 1
    ) AS has,
    ARRAY(
        SELECT g.rolname::text FROM pg_catalog.pg_roles g
        WHERE g.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
          AND NOT pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE') ORDER BY 1
    ) AS becomes,
    ARRAY(
        SELECT g.rolname::text FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        WHERE m.member = r.oid ORDER BY 1
    ) AS granted,
    (SELECT pg_catalog.count(*)::integer FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE format('%s.%s', n.nspname, c.relname) IN (SELECT t.table_name FROM gb_meta.access_tables t)
       AND c.relowner = r.oid) AS owns,
    (SELECT pg_catalog.pg_get_userbyid(n.nspowner)::text FROM pg_catalog.pg_namespace n WHERE n.nspname = 'gb_meta') AS owner,
    a.role, coalesce(a.bound, false) AS bound, a.login_oid IS DISTINCT FROM r.oid AND a.login IS NOT NULL AS stale,
    ARRAY(
        SELECT o.slug FROM gb_meta.access_organizations b JOIN public.organizations o ON o.org_id = b.org_id
        WHERE b.login_oid = r.oid ORDER BY 1
    ) AS organizations
FROM pg_catalog.pg_roles r
LEFT JOIN gb_meta.access_logins a ON a.login_oid = r.oid OR a.login = r.rolname::text
WHERE r.rolname = $1::text
ORDER BY a.login_oid = r.oid DESC NULLS LAST
LIMIT 1
