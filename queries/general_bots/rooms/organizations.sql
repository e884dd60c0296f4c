-- purpose: the organizations that a user ($3) is a member of, behind the id $2, with its role and sessions there
-- privilege: none
-- cost: the user's memberships by their index; of each 1001 entries of the sessions' index
SELECT m.org_id, o.slug AS organization, left(o.name, 200) AS name, m.role, s.sessions, m.created_at AS since
FROM (SELECT r.org_id, r.role, r.created_at
      FROM public.organization_members r
      WHERE r.org_id > $2::uuid /*where*/
      ORDER BY r.org_id
      LIMIT $1) m
CROSS JOIN LATERAL (
    SELECT x.slug, x.name FROM public.organizations x WHERE x.org_id = m.org_id LIMIT 1) o
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS sessions
    FROM (SELECT FROM public.user_sessions x WHERE x.org_id = m.org_id AND x.user_id = $3::uuid LIMIT 1001) bounded) s
ORDER BY m.org_id
-- where: user
AND r.user_id = $3::uuid
-- where: inside
AND r.org_id = $4::uuid
