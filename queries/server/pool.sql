-- purpose: client connections by user, application, database, client address and state
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array (pg_stat_activity), no table is read
SELECT
    coalesce(a.usename::text, '') AS "user",
    a.application_name AS application,
    coalesce(a.datname::text, '') AS database,
    coalesce(host(a.client_addr), 'local') AS client,
    coalesce(a.state, 'starting') AS state,
    count(*) AS connections,
    max(EXTRACT(epoch FROM clock_timestamp() - a.backend_start))::float8 AS oldest,
    max(EXTRACT(epoch FROM clock_timestamp() - a.state_change))::float8 AS longest_in_state,
    count(*) FILTER (WHERE a.backend_start > clock_timestamp() - interval '1 minute') AS new_in_last_minute,
    a.application_name = 'gbtui' AS own
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend'
GROUP BY a.usename, a.application_name, a.datname, a.client_addr, a.state
ORDER BY count(*) DESC, 1, 2, 3, 4, 5
LIMIT $1
