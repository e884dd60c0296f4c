-- purpose: what was said and clicked in one session ($1), a page before or behind ($4 time, $5 id); texts cut at $3 characters
-- privilege: none
-- cost: $2 entries each of the indexes (session_id, created_at, id) and (session_id, timestamp), and their rows
SELECT e.id, e.kind, e.text, e.length, e.at
FROM (
    (SELECT x.id, x.sender AS kind, left(x.message, $3::integer) AS text, char_length(x.message) AS length, x.at
     FROM (SELECT m.id, m.sender, m.message, m.created_at AS at FROM public.message_history m WHERE m.session_id = $1::uuid) x
     WHERE true /*where*/
     /*order*/
     LIMIT $2)
    UNION ALL
    (SELECT x.id, 'click', left(x.element_id, $3::integer), char_length(x.element_id), x.at
     FROM (SELECT c.id, c.element_id, c."timestamp" AS at FROM public.clicks c WHERE c.session_id = $1::uuid) x
     WHERE true /*where*/
     /*order*/
     LIMIT $2)
) e
/*order*/
LIMIT $2
-- The first comparison says nothing new; it is the one that leaves out partitions.
-- where: before
AND x.at <= $4::timestamptz AND (x.at, x.id) < ($4::timestamptz, $5::uuid)
-- where: behind
AND x.at >= $4::timestamptz AND (x.at, x.id) > ($4::timestamptz, $5::uuid)
-- order: newest
ORDER BY at DESC, id DESC
-- order: oldest
ORDER BY at, id
