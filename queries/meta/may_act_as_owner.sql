-- purpose: whether gb_meta belongs to gb_owner, and this role is another that may act as it
-- privilege: none
-- cost: two catalog rows
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = 'gb_meta' AND r.rolname = 'gb_owner' AND r.rolname <> current_user
      AND pg_catalog.pg_has_role(
          current_user, r.oid,
          CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
)
