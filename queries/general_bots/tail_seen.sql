-- purpose: ids of the messages written by the transactions from $1 on, newest first: those a new tail has to know as old
-- privilege: none
-- cost: an index scan of the last transactions; once a start
SELECT m.tx::text AS tx, m.id
FROM public.message_history m
WHERE m.tx > '3' AND m.tx >= $1::text::xid8 AND m.tx < pg_snapshot_xmax(pg_current_snapshot())
/*where*/
ORDER BY m.tx DESC LIMIT 50000
-- where: org
AND (m.org_id = $2::uuid) IS TRUE
