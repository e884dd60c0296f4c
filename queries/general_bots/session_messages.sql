-- purpose: one session's messages ($1), a page before or behind ($3 created_at, $4 id)
-- privilege: none
-- cost: $2 entries of the index on (session_id, created_at, id) and their rows
SELECT m.id, m.user_id, m.sender, left(m.message, 100000) AS message, char_length(m.message) AS length, m.created_at
FROM message_history m
WHERE m.session_id = $1::uuid /*where*/
/*order*/
LIMIT $2
-- where: older
AND (m.created_at, m.id) < ($3::timestamptz, $4::uuid)
-- where: newer
AND (m.created_at, m.id) > ($3::timestamptz, $4::uuid)
-- order: newest
ORDER BY m.created_at DESC, m.id DESC
-- order: oldest
ORDER BY m.created_at, m.id
