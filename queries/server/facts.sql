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
        SELECT pg_catalog.count(c.oid) = 4
        FROM pg_catalog.unnest(ARRAY['organizations', 'bots', 'user_sessions', 'message_history']) AS t (name)
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)
    ) AS has_general_bots
