-- purpose: the backends $1 that began at $2, as they are now, and what the right to end them needs; texts cut at $3
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array
SELECT
    a.pid,
    a.backend_start,
    coalesce(a.backend_type, '') AS kind,
    coalesce(a.datname::text, '') AS database,
    coalesce(a.usename::text, '') AS "user",
    coalesce(a.application_name, '') AS application,
    coalesce(host(a.client_addr), 'local') AS client,
    coalesce(a.state, '') AS state,
    date_part('epoch', clock_timestamp() - a.xact_start) AS transaction_age,
    date_part('epoch', clock_timestamp() - a.state_change) AS state_age,
    a.query_start,
    CASE
        WHEN current_setting('is_superuser') = 'on' THEN ''
        WHEN a.backend_type = 'autovacuum worker' AND v.oid IS NOT NULL -- 18 and later
            THEN CASE WHEN pg_has_role(v.oid, 'USAGE') THEN '' ELSE v.rolname::text END
        WHEN a.usesysid IS NULL OR r.rolsuper THEN 'superuser'
        WHEN pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE') THEN ''
        ELSE 'pg_signal_backend'
    END AS needs,
    coalesce(left(a.query, $3::int), '') AS query
FROM unnest($1::oid[], $2::timestamptz[]) AS w (pid, started)
JOIN pg_stat_activity a ON a.pid = w.pid::int AND a.backend_start = w.started
LEFT JOIN pg_roles r ON r.oid = a.usesysid
LEFT JOIN pg_roles v ON v.rolname = 'pg_signal_autovacuum_worker'
