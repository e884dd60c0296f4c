-- purpose: what of the roles $1 is there, of what they and this role are members, and what this role may do about it
-- privilege: none
-- cost: pg_roles and pg_auth_members
SELECT
    pg_catalog.current_setting('server_version_num')::int AS version_num,
    current_user::text AS "user",
    r.rolsuper AS superuser,
    r.rolcreaterole AS creates,
    pg_catalog.current_database()::text AS database,
    ARRAY(SELECT x.rolname::text FROM pg_catalog.pg_roles x WHERE x.rolname::text = ANY ($1::text[])) AS roles,
    ARRAY(
        SELECT x.rolname::text FROM pg_catalog.pg_roles x
        WHERE x.rolname::text = ANY ($1::text[]) AND (x.rolsuper OR x.rolbypassrls OR x.rolcanlogin OR x.rolcreaterole)
    ) AS odd,
    ARRAY(
        SELECT g.rolname::text || ' ' || x.rolname::text
        FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        JOIN pg_catalog.pg_roles x ON x.oid = m.member
        WHERE x.rolname::text = ANY ($1::text[]) OR x.rolname = current_user
    ) AS members,
    pg_catalog.to_regprocedure('gb_meta.apply_access()') IS NOT NULL AS built,
    EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = 'gb_meta') AS ours
FROM pg_catalog.pg_roles r
WHERE r.rolname = current_user
