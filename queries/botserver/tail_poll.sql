-- purpose: what is dated behind ($2, $3) and was written by no transaction that had ended in the snapshot $1 (null: by any)
-- privilege: none
-- cost: the rows dated behind $2, each looked at for the transaction that wrote it; at most 2000 are returned
--
-- A row that was not visible in that snapshot was written by a transaction (or part of one) not older than the oldest
-- that was open then. More rows than those are returned: the reader knows which it has delivered. IS TRUE keeps the
-- planner from walking all of an organization's sessions instead of the dates.
-- Dates that the client cannot hold (infinity) are passed over.
(SELECT concat_ws(' ', pg_current_snapshot()::text, pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time()),
                  pg_backend_pid(), extract(epoch FROM clock_timestamp())) AS header,
        NULL::text AS tx, NULL::uuid AS id, NULL::uuid AS session_id, NULL::uuid AS user_id, NULL::uuid AS bot_id,
        NULL::uuid AS org_id, NULL::text AS message, NULL::text AS sender, NULL::timestamptz AS created_at,
        NULL::integer AS length)
UNION ALL
(SELECT NULL, '0', m.id, m.session_id, m.user_id, s.bot_id, b.org_id, left(m.content_encrypted, 4000),
       CASE m.role WHEN 1 THEN 'user' WHEN 2 THEN 'bot' WHEN 3 THEN 'system' WHEN 4 THEN 'tool'
            ELSE concat('role ', m.role) END,
       m.created_at, char_length(m.content_encrypted)
 FROM (SELECT m.id, m.session_id, m.user_id, m.content_encrypted, m.role, m.created_at
       FROM public.message_history m
       WHERE m.created_at >= $2::timestamptz AND (m.created_at, m.id) > ($2::timestamptz, $3::uuid)
         AND ($1::text IS NULL OR age(m.xmin) <= age(pg_snapshot_xmin($1::text::pg_snapshot)::xid))
         AND m.created_at <= '9999-12-30 00:00Z'
/*where*/
       ORDER BY m.created_at, m.id LIMIT 2000) m
 LEFT JOIN public.user_sessions s ON s.id = m.session_id
 LEFT JOIN public.bots b ON b.id = s.bot_id)
-- where: org
AND (EXISTS (SELECT FROM public.user_sessions s JOIN public.bots b ON b.id = s.bot_id
             WHERE s.id = m.session_id AND b.org_id = $4::uuid)) IS TRUE
