-- purpose: which of our roles' rights this role has, whether row-level security holds it, whether it may ask how it is bound
-- privilege: none
-- cost: catalog look-ups of a few rows
SELECT
    ARRAY(
        SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
        WHERE r.rolname IN ('gb_owner', 'gb_app', 'gb_viewer', 'gb_monitor', 'gb_operator', 'gb_dba')
            AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')
    ) AS roles,
    coalesce(
        (
            SELECT pg_catalog.row_security_active(c.oid)
            FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relname = 'message_history'
        ),
        false
    ) AS walled,
    EXISTS (
        SELECT FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'gb_meta' AND p.proname = 'my_access' AND p.pronargs = 0
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
    ) AS may_ask
