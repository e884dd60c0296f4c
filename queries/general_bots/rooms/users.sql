-- purpose: users by name, behind the name $2, with their memberships and sessions; no password
-- privilege: none
-- cost: at most $1 users by the index on username; of each ten memberships and 1001 entries of the sessions' index
SELECT u.id, u.username AS name, u.email, u.active,
       ARRAY(SELECT o.slug FROM public.organization_members m JOIN public.organizations o ON o.org_id = m.org_id
             WHERE m.user_id = u.id ORDER BY m.org_id LIMIT 10) AS organizations,
       s.sessions,
       (SELECT l.updated_at FROM public.user_sessions l
        WHERE l.user_id = u.id ORDER BY l.updated_at DESC, l.id DESC LIMIT 1) AS last_session,
       u.created_at AS created
FROM (SELECT u.id, u.username, u.email, u.active, u.created_at
      FROM public.users u
      WHERE u.username > $2::text
      ORDER BY u.username
      LIMIT $1) u
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS sessions
    FROM (SELECT FROM public.user_sessions x WHERE x.user_id = u.id LIMIT 1001) bounded) s
ORDER BY u.username
