-- purpose: note that a run of job $1 begins, of which $2 is told; its id. Runs before it that never ended are ended
-- privilege: none
-- cost: one row, and those of runs that were cut off
WITH cut_off AS (
    UPDATE gb_meta.job_runs r SET state = 'failed', finished_at = now(), error = 'cut off'
    WHERE r.job = $1::text AND r.state = 'running'
)
INSERT INTO gb_meta.job_runs (job, detail) VALUES ($1::text, $2::jsonb) RETURNING id
