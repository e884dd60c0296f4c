-- purpose: one page of the messages of one large transaction ($1), after the id $2
-- privilege: none
-- cost: one index descent and the transaction's rows; only for transactions that fill a whole page of the poll
SELECT NULL::text AS header, m.tx::text AS tx, m.id, m.session_id, m.user_id, m.bot_id, m.org_id,
       left(m.message, 4000) AS message, m.sender,
       least(greatest(m.created_at, '0001-01-03 00:00Z'), '9999-12-30 00:00Z') AS created_at,
       char_length(m.message) AS length
FROM public.message_history m
WHERE m.tx > '3' AND m.tx = $1::text::xid8 AND m.id > $2::uuid
/*where*/
ORDER BY m.id LIMIT 10000
-- where: org
AND (m.org_id = $3::uuid) IS TRUE
