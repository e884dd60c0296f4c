-- purpose: the messages with these ids ($1) and dates ($2)
-- privilege: none
-- cost: primary key look-ups
SELECT NULL::text AS header, '0' AS tx, m.id, m.session_id, m.user_id, s.bot_id, b.org_id,
       left(m.content_encrypted, 4000) AS message,
       CASE m.role WHEN 1 THEN 'user' WHEN 2 THEN 'bot' WHEN 3 THEN 'system' WHEN 4 THEN 'tool'
            ELSE concat('role ', m.role) END AS sender,
       m.created_at, char_length(m.content_encrypted) AS length
FROM (SELECT m.id, m.session_id, m.user_id, m.content_encrypted, m.role, m.created_at
      FROM public.message_history m
      WHERE m.id = ANY($1::uuid[]) AND m.created_at = ANY($2::timestamptz[])
/*where*/
      ) m
LEFT JOIN public.user_sessions s ON s.id = m.session_id
LEFT JOIN public.bots b ON b.id = s.bot_id
-- where: org
AND (EXISTS (SELECT FROM public.user_sessions s JOIN public.bots b ON b.id = s.bot_id
             WHERE s.id = m.session_id AND b.org_id = $3::uuid)) IS TRUE
