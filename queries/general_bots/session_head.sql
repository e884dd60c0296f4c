-- purpose: one session ($1) with names, active tools and collections, and how many other sessions its user had; no token
-- privilege: none
-- cost: look-ups by primary keys, at most 1000 index entries of messages and 100 each of the user's sessions before and after
SELECT h.id, h.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = h.org_id) AS organization,
       h.bot_id, (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = h.bot_id) AS bot,
       h.user_id, coalesce(u.username, '') AS "user", coalesce(u.active, true) AS user_active,
       h.created_at AS started, h.updated_at AS last_activity, h.expires_at AS expires,
       (SELECT count(*)::integer
        FROM (SELECT FROM public.message_history m WHERE m.session_id = h.id LIMIT 1000) bounded) AS messages,
       ARRAY(SELECT left(t.name, 100) FROM public.session_tool_associations a JOIN public.basic_tools t ON t.id = a.tool_id
             WHERE a.session_id = h.id ORDER BY t.name LIMIT 100) AS tools,
       ARRAY(SELECT left(k.name, 100) FROM public.user_kb_associations a JOIN public.kb_collections k ON k.id = a.collection_id
             WHERE a.session_id = h.id ORDER BY k.name LIMIT 100) AS collections,
       (SELECT count(*)::integer
        FROM (SELECT FROM public.user_sessions s
              WHERE s.user_id = h.user_id AND (s.created_at, s.id) < (h.created_at, h.id) /*where*/
              LIMIT 100) bounded) AS earlier,
       (SELECT count(*)::integer
        FROM (SELECT FROM public.user_sessions s
              WHERE s.user_id = h.user_id AND (s.created_at, s.id) > (h.created_at, h.id) /*where*/
              LIMIT 100) bounded) AS later
FROM (SELECT s.id, s.org_id, s.bot_id, s.user_id, s.created_at, s.updated_at, s.expires_at
      FROM public.user_sessions s
      WHERE s.id = $1::uuid /*where*/) h
LEFT JOIN public.users u ON u.id = h.user_id
-- where: org
AND s.org_id = $2::uuid
