-- purpose: the same as sessions_by_activity, for a login that is bound to several organizations: of each its own page, merged
-- privilege: gb_viewer
-- cost: of each organization $1 entries of its part of the index on (org_id, updated_at, id), and their rows
SELECT s.id, s.updated_at AS at
FROM unnest(gb_meta.my_orgs()) AS mine (org_id)
CROSS JOIN LATERAL (
    SELECT s.id, s.updated_at
    FROM public.user_sessions s
    WHERE s.org_id = mine.org_id /*where*/
    /*order*/
    LIMIT $1) s
/*order*/
LIMIT $1
-- where: older
AND (s.updated_at, s.id) < ($2::timestamptz, $3::uuid)
-- where: newer
AND (s.updated_at, s.id) > ($2::timestamptz, $3::uuid)
-- where: active
AND s.updated_at > now() - interval '15 min' AND s.expires_at > now()
-- where: anonymous
AND s.user_id IS NULL
-- order: newest
ORDER BY s.updated_at DESC, s.id DESC
-- order: oldest
ORDER BY s.updated_at, s.id
