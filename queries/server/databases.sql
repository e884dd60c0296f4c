-- purpose: databases with their connections and the age of their oldest transaction ids
-- privilege: none
-- cost: one row a database; sizes are measured apart and seldom
SELECT
    d.oid::bigint AS id,
    d.datname::text AS name,
    pg_get_userbyid(d.datdba)::text AS owner,
    d.datallowconn AS connectable,
    coalesce(s.numbackends, 0) AS connections,
    d.datconnlimit AS connection_limit,
    age(d.datfrozenxid) AS xid_age,
    mxid_age(d.datminmxid) AS mxid_age,
    current_setting('autovacuum_freeze_max_age')::int AS freeze_max_age,
    current_setting('vacuum_failsafe_age')::int AS failsafe_age,
    current_setting('autovacuum_multixact_freeze_max_age')::int AS mxid_freeze_max_age,
    current_setting('vacuum_multixact_failsafe_age')::int AS mxid_failsafe_age,
    coalesce(s.deadlocks, 0) AS deadlocks,
    coalesce(s.temp_bytes, 0) AS temp_bytes,
    coalesce(s.checksum_failures, 0) AS checksum_failures,
    s.stats_reset,
    has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') AS measurable
FROM pg_database d
LEFT JOIN pg_stat_database s ON s.datid = d.oid
ORDER BY d.datname
