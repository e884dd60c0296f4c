-- purpose: note that a run of job $1 begins at $2, of which $3 is told; its id and what the last that was done left. Runs before it that never ended are ended
-- privilege: none
-- cost: one row, one by index, and those of runs that were cut off
WITH cut_off AS (
    UPDATE gb_meta.job_runs r
    SET state = 'failed', finished_at = greatest(r.started_at, $2::timestamptz), error = 'cut off'
    WHERE r.job = $1::text AND r.state = 'running'
)
INSERT INTO gb_meta.job_runs (job, started_at, detail) VALUES ($1::text, $2::timestamptz, $3::jsonb)
RETURNING
    id,
    (
        SELECT r.detail::text FROM gb_meta.job_runs r
        WHERE r.job = $1::text AND r.state = 'done'
        ORDER BY r.started_at DESC LIMIT 1
    ) AS before
