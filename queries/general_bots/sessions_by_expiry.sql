-- purpose: ids of the sessions that end within ten minutes, the next first, or have ended, the last first: a page by ($2 end, $3 id)
-- privilege: none
-- cost: entries of the index on expires_at until $1 are found, and their rows; with $4 only those of an organization or of some bots
SELECT s.id, s.expires_at AS at
FROM public.user_sessions s
WHERE true /*where*/
/*order*/
LIMIT $1
-- where: expiring
AND s.expires_at > now() AND s.expires_at <= now() + interval '10 min'
-- where: expired
AND s.expires_at <= now()
-- where: above
AND (s.expires_at, s.id) > ($2::timestamptz, $3::uuid)
-- where: below
AND (s.expires_at, s.id) < ($2::timestamptz, $3::uuid)
-- where: org
AND s.org_id = ($4::uuid[])[1]
-- where: bots
AND s.bot_id = ANY($4::uuid[])
-- order: ascending
ORDER BY s.expires_at, s.id
-- order: descending
ORDER BY s.expires_at DESC, s.id DESC
