-- purpose: deletions that were begun and have not ended, and (with $1) those of the last so many seconds; pid is the process that works on one now
-- privilege: none
-- cost: a handful of rows by index, one pass over the lock table
SELECT
    r.id,
    r.state,
    r.started_at,
    r.finished_at,
    r.actor,
    coalesce(r.error, '') AS error,
    r.detail::text AS detail,
    (
        SELECT k.pid
        FROM pg_locks k
        WHERE
            k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
            AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            AND (k.classid::bigint << 32) | k.objid::bigint = (r.detail ->> 'lock')::bigint
        LIMIT 1
    ) AS pid
FROM gb_meta.job_runs r
WHERE r.job = 'delete' AND (r.state = 'running' OR r.started_at > now() - make_interval(secs => $1::float8))
ORDER BY r.started_at DESC
LIMIT 100
