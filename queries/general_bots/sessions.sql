-- purpose: sessions by last activity, a page before or behind ($2 last activity, $3 id), with who spoke last
-- privilege: none
-- cost: $1 entries of the index on (updated_at, id), then per session its newest messages and names by their indexes
SELECT s.id, s.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = s.org_id) AS organization,
       s.bot_id, (SELECT b.name FROM public.bots b WHERE b.id = s.bot_id) AS bot,
       s.user_id, coalesce((SELECT u.username FROM public.users u WHERE u.id = s.user_id), '') AS "user",
       s.created_at AS started, s.updated_at AS last_activity, s.expires_at AS expires,
       coalesce(l.sender, '') AS last_sender, l.created_at AS last_message_at, coalesce(l.text, '') AS last_text,
       w.since AS waiting_since, c.messages
FROM (SELECT s.id, s.org_id, s.bot_id, s.user_id, s.created_at, s.updated_at, s.expires_at
      FROM public.user_sessions s
      WHERE true /*where*/
      /*order*/
      LIMIT $1) s
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
ORDER BY s.updated_at DESC, s.id DESC
-- where: older
AND (s.updated_at, s.id) < ($2::timestamptz, $3::uuid)
-- where: newer
AND (s.updated_at, s.id) > ($2::timestamptz, $3::uuid)
-- where: org
AND s.org_id = $4::uuid
-- where: bot
AND s.bot_id = $4::uuid
-- where: user
AND s.user_id = $4::uuid
-- where: inside
AND s.org_id = $5::uuid
-- order: newest
ORDER BY s.updated_at DESC, s.id DESC
-- order: oldest
ORDER BY s.updated_at, s.id
