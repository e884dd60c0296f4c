-- purpose: how many client connections there are, by state, against what the server allows
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array (pg_stat_activity), no table is read
SELECT
    count(*) FILTER (WHERE a.backend_type = 'client backend') AS used,
    count(*) FILTER (WHERE a.backend_type = 'client backend' AND a.state = 'active') AS active,
    count(*) FILTER (WHERE a.backend_type = 'client backend' AND a.state = 'idle') AS idle,
    count(*) FILTER (WHERE a.state IN ('idle in transaction', 'idle in transaction (aborted)')) AS idle_in_transaction,
    count(*) FILTER (WHERE a.state = 'idle in transaction (aborted)') AS idle_in_transaction_aborted,
    count(*) FILTER (WHERE a.wait_event_type = 'Lock') AS waiting_for_locks,
    count(*) FILTER (WHERE a.application_name = 'gbtui') AS own,
    count(*) FILTER (WHERE a.backend_type = 'walsender') AS walsenders,
    count(*) FILTER (
        WHERE a.backend_type NOT IN (
            'client backend', 'parallel worker', 'autovacuum worker', 'walsender', 'background worker'
        )
        AND a.backend_type NOT LIKE 'logical replication %worker'
    ) AS server_processes,
    count(*) FILTER (
        WHERE a.backend_type = 'client backend' AND a.backend_start > clock_timestamp() - interval '1 minute'
    ) AS new_in_last_minute,
    coalesce(
        mode() WITHIN GROUP (ORDER BY coalesce(nullif(a.application_name, ''), a.usename::text))
        FILTER (WHERE a.backend_type = 'client backend'),
        ''
    ) AS most_of,
    current_setting('max_connections')::int AS max_connections,
    current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved
FROM pg_stat_activity a
