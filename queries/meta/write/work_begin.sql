-- purpose: a piece of work begins; $1 is the job's name, $2 says on what
-- privilege: none
-- cost: one row
INSERT INTO gb_meta.job_runs (job, detail) VALUES ($1::text, $2::jsonb) RETURNING id
