-- purpose: ids of sessions by last activity, a page before or behind ($2 last activity, $3 id)
-- privilege: none
-- cost: $1 entries of the index on (updated_at, id), with an organization ($4) of its own, and their rows
SELECT s.id, s.updated_at AS at
FROM public.user_sessions s
WHERE true /*where*/
/*order*/
LIMIT $1
-- where: older
AND (s.updated_at, s.id) < ($2::timestamptz, $3::uuid)
-- where: newer
AND (s.updated_at, s.id) > ($2::timestamptz, $3::uuid)
-- where: org
AND s.org_id = ($4::uuid[])[1]
-- where: active
AND s.updated_at > now() - interval '15 min' AND s.expires_at > now()
-- where: anonymous
AND s.user_id IS NULL
-- order: newest
ORDER BY s.updated_at DESC, s.id DESC
-- order: oldest
ORDER BY s.updated_at, s.id
