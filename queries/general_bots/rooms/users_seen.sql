-- purpose: users seen in an organization ($3: members, or with sessions there) by id, behind the id $2, with their sessions there; no password
-- privilege: none
-- cost: at most $1 steps through the index on (org_id, user_id, …) and entries of the members' key; of each user 1001 entries of the sessions' index
WITH RECURSIVE talking AS (
    (SELECT s.user_id, 1 AS number FROM public.user_sessions s
     WHERE s.org_id = $3::uuid AND s.user_id > $2::uuid ORDER BY s.user_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.user_id FROM public.user_sessions s
            WHERE s.org_id = $3::uuid AND s.user_id > t.user_id ORDER BY s.user_id LIMIT 1), t.number + 1
    FROM talking t
    WHERE t.user_id IS NOT NULL AND t.number < $1
), seen AS (
    SELECT t.user_id FROM talking t WHERE t.user_id IS NOT NULL
    UNION
    (SELECT m.user_id FROM public.organization_members m
     WHERE m.org_id = $3::uuid AND m.user_id > $2::uuid ORDER BY m.user_id LIMIT $1)
)
SELECT u.id, u.username AS name, u.email, u.active,
       ARRAY(SELECT o.slug FROM public.organization_members m JOIN public.organizations o ON o.org_id = m.org_id
             WHERE m.user_id = u.id AND m.org_id = $3::uuid) AS organizations,
       s.sessions,
       (SELECT l.updated_at FROM public.user_sessions l
        WHERE l.org_id = $3::uuid AND l.user_id = u.id ORDER BY l.updated_at DESC, l.id DESC LIMIT 1) AS last_session,
       u.created_at AS created
FROM (SELECT seen.user_id FROM seen ORDER BY seen.user_id LIMIT $1) p
-- One by one by the primary key, however many users there are.
CROSS JOIN LATERAL (
    SELECT r.id, r.username, r.email, r.active, r.created_at FROM public.users r WHERE r.id = p.user_id LIMIT 1) u
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS sessions
    FROM (SELECT FROM public.user_sessions x WHERE x.org_id = $3::uuid AND x.user_id = u.id LIMIT 1001) bounded) s
ORDER BY u.id
