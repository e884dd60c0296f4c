-- purpose: since when audit records are kept here, and which other logs of statements the server has
-- privilege: SELECT ON TABLE gb_meta.audit_log
-- cost: the first entry of an index; settings
SELECT
    (SELECT m.created_at FROM gb_meta.audit_log m ORDER BY m.created_at, m.id LIMIT 1) AS first_at,
    current_setting('log_statement') AS log_statement,
    current_setting('pgaudit.log', true) AS pgaudit_log,
    EXISTS (SELECT FROM pg_available_extensions e WHERE e.name = 'pgaudit') AS has_pgaudit
