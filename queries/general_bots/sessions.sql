-- purpose: the sessions whose ids $1 holds, with who spoke last, who waits and how the last message begins; no token
-- privilege: none
-- cost: per session its newest messages, at most 1000 index entries for their number, and names by primary keys
SELECT s.id, s.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = s.org_id) AS organization,
       s.bot_id, (SELECT b.name FROM public.bots b WHERE b.id = s.bot_id) AS bot,
       s.user_id, coalesce((SELECT u.username FROM public.users u WHERE u.id = s.user_id), '') AS "user",
       s.created_at AS started, s.updated_at AS last_activity, s.expires_at AS expires,
       coalesce(l.sender, '') AS last_sender, l.created_at AS last_message_at, coalesce(l.text, '') AS last_text,
       w.since AS waiting_since, c.messages, NULL::timestamptz AS at, NULL::uuid AS at_message
FROM (SELECT s.id, s.org_id, s.bot_id, s.user_id, s.created_at, s.updated_at, s.expires_at
      FROM public.user_sessions s
      WHERE s.id = ANY($1::uuid[])) s
LEFT JOIN LATERAL (
    SELECT m.sender, m.created_at, left(m.message, 160) AS text
    FROM public.message_history m WHERE m.session_id = s.id
    ORDER BY m.created_at DESC, m.id DESC LIMIT 1) l ON true
-- The oldest of what the user has said since the bot's last word, among the last 20 messages.
LEFT JOIN LATERAL (
    SELECT min(r.created_at) AS since
    FROM (SELECT n.created_at, count(*) FILTER (WHERE n.sender = 'bot') OVER (ORDER BY n.created_at DESC, n.id DESC) AS bots
          FROM (SELECT m.created_at, m.id, m.sender FROM public.message_history m WHERE m.session_id = s.id AND l.sender = 'user'
                ORDER BY m.created_at DESC, m.id DESC LIMIT 20) n) r
    WHERE r.bots = 0) w ON true
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS messages
    FROM (SELECT FROM public.message_history m WHERE m.session_id = s.id LIMIT 1000) bounded) c
