-- purpose: the user with this id, name or e-mail address ($1), two if it is not the only one
-- privilege: none
-- cost: three look-ups by unique indexes
WITH found AS (
    SELECT u.id FROM public.users u
    WHERE u.id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
    UNION
    SELECT u.id FROM public.users u WHERE u.username = $1::text
    UNION
    SELECT u.id FROM public.users u WHERE lower(u.email) = lower($1::text)
)
SELECT u.id::text AS key, u.username AS name, NULL::uuid AS org_id, '' AS organization
FROM found f
JOIN public.users u ON u.id = f.id
LIMIT 2
