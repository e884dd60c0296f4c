-- purpose: whether sizes are kept here, and this role sees them; and the server's clock
-- privilege: none
-- cost: a few catalog rows
WITH needed AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'gb_meta' AND c.relname = 'size_history'
)
SELECT
    count(*) = 1 AS there,
    count(*) = 1
        AND has_schema_privilege((SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'gb_meta'), 'USAGE')
        AND bool_and(has_table_privilege(oid, 'SELECT'))
        AND (
            NOT bool_or(row_security_active(oid))
            OR EXISTS (
                SELECT FROM pg_roles r
                WHERE r.rolname IN ('gb_viewer', 'gb_monitor') AND pg_has_role(r.oid, 'USAGE')
            )
        ) AS readable,
    now() AS now
FROM needed
