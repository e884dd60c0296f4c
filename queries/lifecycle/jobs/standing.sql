-- purpose: of each job $1: its last run, when it was last done, what is set for it, and which process runs it now ($2: its advisory lock)
-- privilege: none
-- cost: two index look-ups a job, one pass over the lock table
SELECT
    w.job,
    l.id,
    l.state,
    l.started_at,
    l.finished_at,
    coalesce(l.actor, '') AS actor,
    coalesce(l.error, '') AS error,
    coalesce(l.detail, '{}')::text AS detail,
    d.started_at AS done_at,
    s.schedule,
    s.zone,
    coalesce(s.active, true) AS active,
    k.pid,
    pg_is_in_recovery() AS standby,
    now() AS now
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY w (job, lock, place)
LEFT JOIN LATERAL (
    SELECT * FROM gb_meta.job_runs r WHERE r.job = w.job ORDER BY r.started_at DESC, r.id DESC LIMIT 1
) l ON true
LEFT JOIN LATERAL (
    SELECT r.started_at FROM gb_meta.job_runs r
    WHERE r.job = w.job AND r.state = 'done'
    ORDER BY r.started_at DESC LIMIT 1
) d ON true
LEFT JOIN gb_meta.job_settings s ON s.job = w.job
LEFT JOIN LATERAL (
    SELECT p.pid FROM pg_locks p
    WHERE
        p.locktype = 'advisory' AND p.granted AND p.objsubid = 1
        AND p.database = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
        AND (p.classid::bigint << 32) | p.objid::bigint = w.lock
    LIMIT 1
) k ON true
ORDER BY w.place
