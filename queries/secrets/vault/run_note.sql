-- purpose: note of run $1 what it has done so far, $2, and with $3 that it ended so (done, failed) for the reason $4
-- privilege: none
-- cost: one row by key
UPDATE gb_meta.job_runs r
SET detail = $2::jsonb, state = $3::text, error = $4::text,
    finished_at = CASE WHEN $3::text = 'running' THEN NULL ELSE clock_timestamp() END
WHERE r.id = $1::bigint
