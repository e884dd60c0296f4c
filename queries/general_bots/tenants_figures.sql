-- purpose: organizations by slug, $1 behind the slug $2 ("": from the first on), with all that an index tells of each
-- privilege: none
-- cost: per organization at most 1001 index entries each of bots, active sessions and sessions with a user, 201 of messages, 20 messages
SELECT o.org_id, o.slug AS organization, o.name, o.created_at AS created,
       b.bots, s.sessions_active, greatest(a.updated_at, m.last_message_at) AS last_activity, m.last_message_at,
       u.users, u.sessions >= 1001 AS users_more, m.messages, m.messages_day, l.last_bot_at, now() AS read_at
FROM (SELECT o.org_id, o.slug, o.name, o.created_at
      FROM public.organizations o
      WHERE o.slug > $2::text /*where*/
      ORDER BY o.slug
      LIMIT $1) o
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS bots
    FROM (SELECT FROM public.bots WHERE bots.org_id = o.org_id LIMIT 1001) bounded) b
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS sessions_active
    FROM (SELECT FROM public.user_sessions
          WHERE user_sessions.org_id = o.org_id AND user_sessions.updated_at > now() - interval '15 min'
            AND user_sessions.expires_at > now()
          LIMIT 1001) bounded) s
LEFT JOIN LATERAL (
    SELECT user_sessions.updated_at FROM public.user_sessions
    WHERE user_sessions.org_id = o.org_id ORDER BY user_sessions.updated_at DESC LIMIT 1) a ON true
CROSS JOIN LATERAL (
    SELECT count(DISTINCT bounded.user_id)::integer AS users, count(*)::integer AS sessions
    FROM (SELECT user_sessions.user_id FROM public.user_sessions
          WHERE user_sessions.org_id = o.org_id AND user_sessions.user_id IS NOT NULL
          ORDER BY user_sessions.user_id LIMIT 1001) bounded) u
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS messages, max(bounded.created_at) AS last_message_at,
           count(*) FILTER (WHERE bounded.created_at > now() - interval '1 day')::integer AS messages_day
    FROM (SELECT message_history.created_at FROM public.message_history
          WHERE message_history.org_id = o.org_id
          ORDER BY message_history.created_at DESC LIMIT 201) bounded) m
CROSS JOIN LATERAL (
    SELECT max(bounded.created_at) FILTER (WHERE bounded.sender = 'bot') AS last_bot_at
    FROM (SELECT message_history.created_at, message_history.sender FROM public.message_history
          WHERE message_history.org_id = o.org_id
          ORDER BY message_history.created_at DESC LIMIT 20) bounded) l
ORDER BY o.slug
-- where: org
AND o.org_id = ($3::uuid[])[1]
-- where: named
AND o.org_id = ANY($3::uuid[])
