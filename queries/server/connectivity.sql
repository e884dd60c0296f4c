-- purpose: who answers, in which role, since when, and how the line is protected
-- privilege: none
-- cost: functions and this backend's row of pg_stat_ssl; no table is read
SELECT
    current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS version_num,
    pg_is_in_recovery() AS in_recovery,
    pg_postmaster_start_time() AS started_at,
    EXTRACT(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS uptime,
    pg_conf_load_time() AS configured_at,
    clock_timestamp() AS server_time,
    current_database()::text AS database,
    current_user::text AS "user",
    coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'local socket') AS address,
    coalesce(s.version, '') AS tls
FROM (VALUES (pg_backend_pid())) AS me (pid)
LEFT JOIN pg_stat_ssl s ON s.pid = me.pid AND s.ssl
