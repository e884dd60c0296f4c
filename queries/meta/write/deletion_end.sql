-- purpose: deletion $1 ends as $2 (done or failed), with $3 as the error
-- privilege: none
-- cost: one row
UPDATE gb_meta.job_runs SET state = $2::text, finished_at = clock_timestamp(), error = $3::text WHERE id = $1::bigint
