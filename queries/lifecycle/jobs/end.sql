-- purpose: note of run $1 that it ended as $2 (done, failed, skipped) after $3 seconds, for the reason $4; $5 is added to what is told of it
-- privilege: none
-- cost: one row by key
UPDATE gb_meta.job_runs r
SET
    state = $2::text,
    finished_at = r.started_at + make_interval(secs => $3::float8),
    error = $4::text,
    detail = r.detail || $5::jsonb
WHERE r.id = $1::bigint
