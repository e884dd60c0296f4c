-- purpose: ids of the sessions of some bots ($4) by last activity, a page before or behind ($2 last activity, $3 id)
-- privilege: none
-- cost: $1 entries a bot of the index on (bot_id, updated_at, id), and their rows
SELECT f.id, f.updated_at AS at
FROM unnest($4::uuid[]) AS b (id)
CROSS JOIN LATERAL (
    SELECT s.id, s.updated_at
    FROM public.user_sessions s
    WHERE s.bot_id = b.id /*where*/
    /*order*/
    LIMIT $1) f
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
ORDER BY updated_at DESC, id DESC
-- order: oldest
ORDER BY updated_at, id
