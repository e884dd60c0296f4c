-- purpose: who holds locks on these relations ($1: names as written in the SQL), the oldest transaction first
-- privilege: none
-- cost: the lock table and pg_stat_activity
SELECT DISTINCT ON (a.xact_start, l.pid)
    l.pid,
    l.relation::regclass::text AS relation,
    coalesce(a.usename, '')::text AS role,
    coalesce(nullif(a.application_name, ''), a.backend_type, 'a prepared transaction')::text AS program,
    coalesce(a.state, '')::text AS state,
    coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS seconds
FROM unnest($1::text[]) AS wanted (name)
JOIN pg_catalog.pg_locks AS l ON l.relation = pg_catalog.to_regclass(wanted.name)
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.granted
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
ORDER BY a.xact_start, l.pid
LIMIT 3
