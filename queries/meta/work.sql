-- purpose: the piece of work $1 (a job's name) on the table $2 that was begun and has not ended
-- privilege: none
-- cost: a handful of rows by index
SELECT r.id, r.started_at, r.detail::text AS detail
FROM gb_meta.job_runs r
WHERE r.job = $1::text AND r.state = 'running' AND r.detail ->> 'table' = $2::text
ORDER BY r.started_at DESC
LIMIT 1
