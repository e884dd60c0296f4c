-- purpose: the last $2 runs of the jobs $1, newest first
-- privilege: none
-- cost: the runs of these jobs that are kept (a year), by index
SELECT
    r.id,
    r.job,
    r.state,
    r.started_at,
    r.finished_at,
    r.actor,
    coalesce(r.error, '') AS error,
    r.detail::text AS detail
FROM gb_meta.job_runs r
WHERE r.job = ANY ($1::text[])
ORDER BY r.started_at DESC, r.id DESC
LIMIT $2::integer
