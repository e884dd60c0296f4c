-- purpose: the session of a user ($1) that began before or after another ($2 its start, $3 its id)
-- privilege: none
-- cost: one entry of the index on (user_id, created_at, id); with an organization: past the user's sessions in others
SELECT s.id
FROM public.user_sessions s
WHERE s.user_id = $1::uuid /*where*/
/*order*/
LIMIT 1
-- where: before
AND (s.created_at, s.id) < ($2::timestamptz, $3::uuid)
-- where: after
AND (s.created_at, s.id) > ($2::timestamptz, $3::uuid)
-- where: org
AND s.org_id = $4::uuid
-- order: newest
ORDER BY s.created_at DESC, s.id DESC
-- order: oldest
ORDER BY s.created_at, s.id
