-- purpose: what is set for job $1
-- privilege: none
-- cost: one row by key
SELECT s.schedule, s.zone, s.active FROM gb_meta.job_settings s WHERE s.job = $1::text
