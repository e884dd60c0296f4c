-- purpose: what each backend does and since when, parallel workers folded under their leader
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array; pg_blocking_pids only for backends that wait for a lock; texts cut at $1
SELECT
    b.pid,
    b.backend_type AS kind,
    coalesce(b.datname::text, '') AS database,
    coalesce(b.usename::text, '') AS "user",
    b.application_name AS application,
    coalesce(host(b.client_addr), 'local') AS client,
    coalesce(b.state, '') AS state,
    coalesce(b.wait_event_type, '') AS wait_type,
    coalesce(b.wait_event, '') AS wait_event,
    CASE WHEN b.wait_event_type = 'Lock' THEN pg_blocking_pids(b.pid) ELSE '{}' END AS blocked_by,
    date_part('epoch', b.at - b.xact_start) AS transaction_age,
    CASE WHEN b.state = 'active' THEN date_part('epoch', b.at - b.query_start) END AS query_age,
    date_part('epoch', b.at - b.state_change) AS state_age,
    b.workers,
    b.backend_start,
    b.query_id,
    b.application_name = 'gbtui' AS own,
    left(b.query, $1::int) AS query
FROM (
    SELECT
        a.*,
        clock_timestamp() AS at,
        count(*) OVER (PARTITION BY coalesce(a.leader_pid, a.pid)) - 1 AS workers
    FROM pg_stat_activity a
    WHERE
        true /*where*/
        AND (
            a.backend_type IN ('client backend', 'parallel worker', 'autovacuum worker', 'walsender', 'background worker')
            OR a.backend_type LIKE 'logical replication % worker'
            OR a.backend_type = 'logical replication worker'
        )
) b
WHERE b.leader_pid IS NULL OR b.leader_pid = b.pid
-- where: busy
AND a.state IS DISTINCT FROM 'idle'
-- where: idle
AND a.state = 'idle'
