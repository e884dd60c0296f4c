-- purpose: a deletion begins; $1 says of what, by whom and what is expected
-- privilege: none
-- cost: one row
INSERT INTO gb_meta.job_runs (job, detail) VALUES ('delete', $1::jsonb) RETURNING id
