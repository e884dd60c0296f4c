-- purpose: the messages with these ids ($1) and dates ($2): what a tail was stopped before handing over
-- privilege: none
-- cost: primary key look-ups in the partitions of these dates
SELECT NULL::text AS header, m.tx::text AS tx, m.id, m.session_id, m.user_id, m.bot_id, m.org_id,
       left(m.message, 4000) AS message, m.sender, m.created_at, char_length(m.message) AS length
FROM public.message_history m
WHERE m.id = ANY($1::uuid[]) AND m.created_at = ANY($2::timestamptz[])
/*where*/
-- where: org
AND m.org_id = $3::uuid
