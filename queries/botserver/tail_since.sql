-- purpose: a page of messages behind ($1 created_at, $2 id), oldest first
-- privilege: none
-- cost: one range of the index on created_at; of one organization: past the messages of the others, under the deadline
SELECT NULL::text AS header, '0' AS tx, m.id, m.session_id, m.user_id, s.bot_id, b.org_id,
       left(m.content_encrypted, 4000) AS message,
       CASE m.role WHEN 1 THEN 'user' WHEN 2 THEN 'bot' WHEN 3 THEN 'system' WHEN 4 THEN 'tool'
            ELSE concat('role ', m.role) END AS sender,
       m.created_at, char_length(m.content_encrypted) AS length
FROM (SELECT m.id, m.session_id, m.user_id, m.content_encrypted, m.role, m.created_at
      FROM public.message_history m
      WHERE m.created_at >= $1::timestamptz AND (m.created_at, m.id) > ($1::timestamptz, $2::uuid)
      AND m.created_at <= '9999-12-30 00:00Z'
/*where*/
      ORDER BY m.created_at, m.id LIMIT 500) m
LEFT JOIN public.user_sessions s ON s.id = m.session_id
LEFT JOIN public.bots b ON b.id = s.bot_id
ORDER BY m.created_at, m.id
-- where: org
AND (EXISTS (SELECT FROM public.user_sessions s JOIN public.bots b ON b.id = s.bot_id
             WHERE s.id = m.session_id AND b.org_id = $3::uuid)) IS TRUE
