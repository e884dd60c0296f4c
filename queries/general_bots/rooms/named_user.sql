-- purpose: the user with this id, name or address ($1)
-- privilege: none
-- cost: look-ups by three keys
WITH found AS (
    SELECT u.id FROM public.users u
    WHERE u.id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
    UNION
    SELECT u.id FROM public.users u WHERE u.username = $1::text
    UNION
    SELECT u.id FROM public.users u WHERE lower(u.email) = lower($1::text)
)
SELECT u.id AS key, u.username AS name, NULL::uuid AS org_id, ''::text AS organization, ''::text AS within,
       u.email || CASE WHEN u.active THEN '' ELSE ', not active' END AS about
FROM found f JOIN public.users u ON u.id = f.id
WHERE true /*where*/
ORDER BY u.username <> $1::text, u.id
LIMIT 2
-- where: org
AND (EXISTS (SELECT FROM public.organization_members m WHERE m.org_id = $2::uuid AND m.user_id = u.id)
     OR EXISTS (SELECT FROM public.user_sessions s WHERE s.org_id = $2::uuid AND s.user_id = u.id))
