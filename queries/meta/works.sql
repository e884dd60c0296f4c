-- purpose: work on partitions that was begun and has not ended: what, on which table, at which step; from when on it refuses rows, and who works on it now
-- privilege: SELECT ON TABLE gb_meta.job_runs
-- cost: a handful of rows by index, one pass over the lock table
SELECT
    substr(r.job, length('partitions.') + 1) AS work,
    coalesce(r.detail ->> 'table', '') AS "table",
    coalesce(r.detail ->> 'step', '') AS step,
    r.started_at,
    CASE
        -- The third step puts the bound in force.
        WHEN (r.detail ->> 'number')::integer >= 3 AND r.detail ->> 'upper' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+]00:00$'
            THEN (r.detail ->> 'upper')::timestamptz
    END AS refuses_from,
    (
        SELECT k.pid
        FROM pg_locks k
        WHERE
            k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
            AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            -- As gbtui.lifecycle.partitions.record names its lock.
            AND lpad(to_hex(k.classid::bigint), 8, '0') || lpad(to_hex(k.objid::bigint), 8, '0')
            = encode(substr(sha256('gbtui.partitions\000'::bytea || convert_to(r.detail ->> 'table', 'UTF8')), 1, 8), 'hex')
        LIMIT 1
    ) AS pid
FROM gb_meta.job_runs r
WHERE r.job IN ('partitions.adopt', 'partitions.split') AND r.state = 'running'
ORDER BY r.started_at
