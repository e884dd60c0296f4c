-- purpose: what this server, this database and this role are
-- privilege: none
-- cost: catalog look-ups of a few rows; nothing that a lock on a user's table can hold up
SELECT
    pg_catalog.current_setting('server_version_num')::int AS version_num,
    pg_catalog.current_setting('server_version') AS version,
    pg_catalog.pg_is_in_recovery() AS in_recovery,
    pg_catalog.current_database()::text AS database,
    current_user::text AS user,
    (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) AS is_superuser,
    ARRAY(
        SELECT r.rolname::text
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolname ~ '^pg_' AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')
        ORDER BY 1
    ) AS roles,
    pg_catalog.pg_backend_pid() AS backend_pid,
    pg_catalog.pg_postmaster_start_time() AS started_at,
    pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS may_read_control,
    ARRAY(SELECT e.extname::text FROM pg_catalog.pg_extension AS e ORDER BY e.extname) AS extension_names,
    ARRAY(SELECT e.extversion FROM pg_catalog.pg_extension AS e ORDER BY e.extname) AS extension_versions,
    coalesce((SELECT s.ssl FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_catalog.pg_backend_pid()), false) AS tls,
    (
        -- The tables' names are common; org_id on all four is the platform's schema as gbtui builds it.
        -- Not to_regclass: that raises where the role lacks USAGE on public.
        SELECT pg_catalog.count(*) = 4
        FROM pg_catalog.pg_namespace AS n
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE n.nspname = 'public'
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND c.relname IN ('bots', 'user_sessions', 'message_history', 'kb_documents')
            AND a.attname = 'org_id'
            AND NOT a.attisdropped
    ) AS has_general_bots,
    (
        -- The Rust BotServer's own make, by the columns that the tail reads and gbtui's schema has not.
        SELECT pg_catalog.count(*) = 8
        FROM pg_catalog.pg_namespace AS n
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE n.nspname = 'public'
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND (c.relname, a.attname) IN (
                ('message_history', 'role'), ('message_history', 'content_encrypted'), ('message_history', 'user_id'),
                ('message_history', 'session_id'), ('user_sessions', 'bot_id'), ('bots', 'org_id'),
                ('organizations', 'slug'), ('users', 'username')
            )
            AND NOT a.attisdropped
    ) AS has_botserver
