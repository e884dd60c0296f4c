-- purpose: when this server was started and configured, who answers, and whether our log of migrations may be read
-- privilege: none
-- cost: functions, and catalog look-ups of a few rows; no table is read
SELECT
    clock_timestamp() AS now,
    pg_postmaster_start_time() AS started_at,
    pg_conf_load_time() AS configured_at,
    pg_is_in_recovery() AS in_recovery,
    coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'local socket') AS address,
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS timeline,
    EXISTS (
        SELECT
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'gb_meta'
            AND c.relname = 'migration_log'
            AND has_schema_privilege(n.oid, 'USAGE')
            AND has_table_privilege(c.oid, 'SELECT')
    ) AS has_migrations
