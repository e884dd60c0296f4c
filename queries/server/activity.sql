-- purpose: what each backend does and since when; parallel workers name their leader
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array; texts cut at $1
SELECT
    a.pid,
    a.leader_pid AS leader,
    a.backend_type AS kind,
    coalesce(a.datname::text, '') AS database,
    coalesce(a.usename::text, '') AS "user",
    a.application_name AS application,
    coalesce(host(a.client_addr), 'local') AS client,
    coalesce(a.state, '') AS state,
    coalesce(a.wait_event_type, '') AS wait_type,
    coalesce(a.wait_event, '') AS wait_event,
    date_part('epoch', statement_timestamp() - a.xact_start) AS transaction_age,
    CASE WHEN a.state = 'active' THEN date_part('epoch', statement_timestamp() - a.query_start) END AS query_age,
    date_part('epoch', statement_timestamp() - a.state_change) AS state_age,
    a.backend_start,
    a.query_id,
    a.application_name = 'gbtui' AS own,
    left(a.query, $1::int) AS query
FROM pg_stat_activity a
WHERE
    true /*where*/
-- where: busy
AND a.state IS DISTINCT FROM 'idle'
AND (
    a.backend_type IN ('client backend', 'parallel worker', 'autovacuum worker', 'walsender', 'background worker')
    OR a.backend_type LIKE 'logical replication %worker'
)
-- where: idle
AND (
    a.state = 'idle'
    OR a.backend_type NOT IN (
        'client backend', 'parallel worker', 'autovacuum worker', 'walsender', 'background worker'
    )
    AND a.backend_type NOT LIKE 'logical replication %worker'
)
