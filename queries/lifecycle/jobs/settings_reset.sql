-- purpose: let job $1 run when gbtui says again
-- privilege: none
-- cost: one row by key
DELETE FROM gb_meta.job_settings s WHERE s.job = $1::text
