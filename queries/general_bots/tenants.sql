-- purpose: organizations by slug, the first $1 or those whose ids $2 holds, with bots, active sessions, last activity
-- privilege: none
-- cost: per organization: at most 1001 entries each of the indexes of its bots and active sessions, one session, one message
SELECT o.org_id, o.slug AS organization, o.name, o.created_at AS created,
       b.bots, s.sessions_active, greatest(a.updated_at, l.created_at) AS last_activity, l.created_at AS last_message_at
FROM (SELECT o.org_id, o.slug, o.name, o.created_at
      FROM public.organizations o
      WHERE true /*where*/
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
LEFT JOIN LATERAL (
    SELECT m.created_at FROM public.message_history m
    WHERE m.org_id = o.org_id ORDER BY m.created_at DESC LIMIT 1) l ON true
ORDER BY o.slug
-- where: named
AND o.org_id = ANY($2::uuid[])
