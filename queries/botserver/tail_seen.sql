-- purpose: ids and dates of the messages dated behind $1, newest first: those a new tail has to know as old
-- privilege: none
-- cost: the end of the index on created_at, at most 50000 rows; once a start
SELECT m.id, m.created_at
FROM public.message_history m
WHERE m.created_at > $1::timestamptz
AND m.created_at <= '9999-12-30 00:00Z'
/*where*/
ORDER BY m.created_at DESC, m.id DESC LIMIT 50000
-- where: org
AND (EXISTS (SELECT FROM public.user_sessions s JOIN public.bots b ON b.id = s.bot_id
             WHERE s.id = m.session_id AND b.org_id = $2::uuid)) IS TRUE
