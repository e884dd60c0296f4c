-- purpose: every backend that waits for a lock and every backend it waits for
-- privilege: pg_read_all_stats
-- cost: two passes over the backend array; while nobody waits pg_locks is not read; pg_blocking_pids (which stops the lock manager) only for those who wait; texts cut at $1
WITH waiting AS MATERIALIZED (
    SELECT a.pid, pg_blocking_pids(a.pid) AS blocked_by
    FROM pg_stat_activity a
    WHERE a.wait_event_type = 'Lock'
),

members AS MATERIALIZED (
    SELECT w.pid FROM waiting w
    UNION
    SELECT unnest(w.blocked_by) FROM waiting w
),

locks AS MATERIALIZED (
    SELECT l.* FROM pg_locks l
    WHERE EXISTS (SELECT FROM waiting)
),

wanted AS (
    SELECT
        l.pid,
        min(l.locktype) FILTER (WHERE NOT l.granted) AS locktype,
        min(l.mode) FILTER (WHERE NOT l.granted) AS mode,
        min(l.waitstart) AS waitstart,
        -- who waits for another's transaction holds the tuple's lock meanwhile: it names the table
        min(l.database) AS database,
        min(l.relation) FILTER (WHERE NOT l.granted OR l.locktype = 'tuple') AS relation,
        array_agg(DISTINCT p.gid) FILTER (WHERE p.gid IS NOT NULL) AS prepared
    FROM locks l
    LEFT JOIN locks h
        ON NOT l.granted AND h.granted AND h.pid IS NULL
        AND (h.locktype, h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid, h.objsubid)
        IS NOT DISTINCT FROM
        (l.locktype, l.database, l.relation, l.page, l.tuple, l.transactionid, l.classid, l.objid, l.objsubid)
    LEFT JOIN (
        -- a prepared transaction keeps the virtual id of the session that prepared it
        SELECT k.virtualtransaction, x.gid
        FROM locks k
        JOIN pg_prepared_xacts x ON x.transaction = k.transactionid
        WHERE k.locktype = 'transactionid' AND k.granted AND k.pid IS NULL
    ) p ON p.virtualtransaction = h.virtualtransaction
    WHERE l.pid IN (SELECT pid FROM waiting)
    GROUP BY l.pid
)

SELECT
    m.pid,
    coalesce(a.backend_type, '') AS kind,
    coalesce(a.datname::text, '') AS database,
    coalesce(a.usename::text, '') AS "user",
    coalesce(a.application_name, '') AS application,
    coalesce(host(a.client_addr), 'local') AS client,
    coalesce(a.state, '') AS state,
    coalesce(w.blocked_by, '{}') AS blocked_by,
    coalesce(d.prepared, '{}') AS prepared,
    coalesce(d.locktype, '') AS locktype,
    coalesce(d.mode, '') AS mode,
    CASE
        WHEN c.oid IS NOT NULL THEN n.nspname || '.' || c.relname
        WHEN d.relation IS NOT NULL THEN 'relation ' || d.relation
        ELSE ''
    END AS relation,
    EXTRACT(epoch FROM clock_timestamp() - d.waitstart)::float8 AS wait_age,
    EXTRACT(epoch FROM clock_timestamp() - a.xact_start)::float8 AS transaction_age,
    EXTRACT(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_age,
    a.backend_start,
    coalesce(left(a.query, $1::int), '') AS query
FROM members m
LEFT JOIN waiting w USING (pid)
LEFT JOIN pg_stat_activity a ON a.pid = m.pid
LEFT JOIN wanted d ON d.pid = m.pid
LEFT JOIN pg_class c ON c.oid = d.relation AND d.database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE EXISTS (SELECT FROM waiting)
