-- purpose: a report that takes $2 seconds more than it should, for organization $1
-- privilege: none
-- cost: sleeps; it is there to be seen as a long statement
SELECT count(*) AS sessions, pg_sleep($2::float8) AS slept FROM public.user_sessions s WHERE s.org_id = $1::uuid
