-- purpose: ids of the sessions of some users ($4) by last activity, a page before or behind ($2 last activity, $3 id)
-- privilege: none
-- cost: $1 entries a user of the index on (user_id, updated_at, id), and their rows; with bots or an organization ($5) past others of theirs
SELECT f.id, f.updated_at AS at
FROM unnest($4::uuid[]) AS u (id)
CROSS JOIN LATERAL (
    SELECT s.id, s.updated_at
    FROM public.user_sessions s
    WHERE s.user_id = u.id /*where*/
    /*order*/
    LIMIT $1) f
/*order*/
LIMIT $1
-- where: older
AND (s.updated_at, s.id) < ($2::timestamptz, $3::uuid)
-- where: newer
AND (s.updated_at, s.id) > ($2::timestamptz, $3::uuid)
-- where: org
AND s.org_id = ($5::uuid[])[1]
-- where: bots
AND s.bot_id = ANY($5::uuid[])
-- order: newest
ORDER BY updated_at DESC, id DESC
-- order: oldest
ORDER BY updated_at, id
