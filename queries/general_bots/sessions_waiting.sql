-- purpose: ids of the sessions whose last word is their user's, said within 15 minutes and before ($2 time, $3 message); then how far it looked
-- privilege: none
-- cost: $1 entries of the index on (created_at, id) (of an organization or of bots ($4): of theirs) and their rows; a look-up per candidate
--
-- The last row has no session: it says where the messages looked through end, and whether there are more (`is_full`).
WITH looked AS MATERIALIZED (
    SELECT m.session_id, m.created_at, m.id, m.sender
    FROM public.message_history m
    WHERE m.created_at > now() - interval '15 min' AND m.created_at <= now() + interval '1 h'
      AND (m.created_at, m.id) < ($2::timestamptz, $3::uuid) /*where*/
    ORDER BY m.created_at DESC, m.id DESC
    LIMIT $1
), newest AS (
    SELECT DISTINCT ON (l.session_id) l.session_id, l.created_at, l.id, l.sender
    FROM looked l
    ORDER BY l.session_id, l.created_at DESC, l.id DESC
)
SELECT n.session_id AS id, n.created_at AS at, n.id AS message, false AS is_full
FROM newest n
WHERE n.sender = 'user'
  -- What is looked through may begin in the middle: the session may have gone on before.
  AND NOT EXISTS (
      SELECT FROM public.message_history m
      WHERE m.session_id = n.session_id AND m.created_at >= n.created_at AND (m.created_at, m.id) > (n.created_at, n.id))
UNION ALL
SELECT NULL, min(l.created_at), (array_agg(l.id ORDER BY l.created_at, l.id))[1], count(*) >= $1
FROM looked l
ORDER BY at DESC NULLS LAST, message DESC
-- where: org
AND m.org_id = ($4::uuid[])[1]
-- where: bots
AND m.bot_id = ANY($4::uuid[])
