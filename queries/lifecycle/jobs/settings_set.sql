-- purpose: set when job $1 runs: schedule $2, zone $3 (null: as gbtui says), whether at all $4
-- privilege: none
-- cost: one row by key
INSERT INTO gb_meta.job_settings (job, schedule, zone, active) VALUES ($1::text, $2::text, $3::text, $4::boolean)
ON CONFLICT (job) DO UPDATE
SET schedule = excluded.schedule, zone = excluded.zone, active = excluded.active, updated_by = session_user, updated_at = now()
