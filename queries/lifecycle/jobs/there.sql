-- purpose: whether jobs can be told of here: their tables are there, and this role sees the rows (row-level security would leave them out without a word)
-- privilege: none
-- cost: a few catalog rows
WITH needed AS (
    SELECT c.oid
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'gb_meta' AND c.relname IN ('job_runs', 'job_settings')
)
SELECT
    count(*) = 2 AS there,
    count(*) = 2
        AND has_schema_privilege((SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'gb_meta'), 'USAGE')
        AND bool_and(has_table_privilege(oid, 'SELECT'))
        AND (
            NOT bool_or(row_security_active(oid))
            OR EXISTS (
                SELECT FROM pg_roles r
                WHERE r.rolname IN ('gb_viewer', 'gb_monitor') AND pg_has_role(r.oid, 'USAGE')
            )
        ) AS readable
FROM needed
