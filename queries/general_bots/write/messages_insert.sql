-- purpose: messages of sessions $1 by senders $2 with texts $3 at times $4 (null: now), in this order
-- privilege: none
-- cost: two look-ups by key and one row a message; messages of unknown sessions, and of bots switched off, are not inserted
-- Messages without a time get the statement's, a microsecond apart, so that their order stays.
INSERT INTO public.message_history (session_id, user_id, bot_id, message, sender, created_at, org_id)
SELECT s.id, s.user_id, s.bot_id, m.message, m.sender,
       coalesce(m.created_at, statement_timestamp() + (m.place - 1) * interval '1 microsecond'), s.org_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
    WITH ORDINALITY AS m (session_id, sender, message, created_at, place)
JOIN public.user_sessions s ON s.id = m.session_id
JOIN public.bots b ON b.id = s.bot_id
WHERE b.active OR m.sender = 'user'
ORDER BY m.place
RETURNING id
