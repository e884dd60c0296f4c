-- purpose: what this database is to migrations (built by gbtui, empty or somebody else's) and what this role may do here
-- privilege: none
-- cost: a few catalog rows; relations are looked for only until the first one is found
--
-- Read under the role's own search_path: each operator has exactly the types of the server's own, so that none in another
-- schema can fit better.
WITH diesel AS (
    SELECT c.oid, c.relowner
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = pg_catalog.to_regclass('__diesel_schema_migrations')::oid
),
log AS (
    SELECT c.oid, c.relowner, n.oid AS schema
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'gb_meta' AND c.relname = 'migration_log' AND c.relkind IN ('r', 'p')
)
SELECT
    pg_catalog.current_database()::text AS database,
    current_user::text AS role,
    pg_catalog.pg_is_in_recovery() AS in_recovery,
    EXISTS (SELECT FROM diesel) AS has_diesel_table,
    EXISTS (SELECT FROM log) AS has_log,
    coalesce((SELECT pg_catalog.has_table_privilege(oid, 'SELECT') FROM diesel), false) AS reads_diesel_table,
    coalesce(
        (
            SELECT pg_catalog.has_schema_privilege(schema, 'USAGE') AND pg_catalog.has_table_privilege(oid, 'SELECT')
            FROM log
        ),
        false
    ) AS reads_log,
    coalesce((SELECT pg_catalog.pg_get_userbyid(relowner)::text FROM diesel), '') AS owner,
    CASE
        WHEN EXISTS (SELECT FROM diesel)
            THEN (SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM diesel)
                AND coalesce((SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM log), true)
        ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
    END AS may_migrate,
    EXISTS (
        SELECT
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            AND n.nspname::text NOT LIKE 'pg\_%'
            AND n.nspname <> 'information_schema'
            AND c.relname <> '__diesel_schema_migrations'
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::regclass::oid AND d.objid = c.oid AND d.deptype = 'e'
            )
    ) AS has_relations
