-- purpose: the backend with the process id $1
-- privilege: none; of others' backends what they are is empty
-- cost: one entry of the backend array
SELECT s.pid, coalesce(s.application_name, '') AS application, coalesce(s.state, s.backend_type, '') AS state
FROM pg_stat_get_activity($1::int) s
