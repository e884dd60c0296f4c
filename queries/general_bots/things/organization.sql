-- purpose: the organization with this slug, id or name ($1), two if it is not the only one
-- privilege: none
-- cost: look-ups by the slug's and the primary key; a name is searched only when neither fits
WITH keyed AS (
    SELECT o.org_id, o.slug FROM public.organizations o
    WHERE o.slug = lower($1::text)
       OR o.org_id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
),
found AS (
    SELECT org_id, slug FROM keyed
    UNION ALL
    (SELECT o.org_id, o.slug FROM public.organizations o
     WHERE NOT EXISTS (SELECT FROM keyed) AND lower(o.name) = lower($1::text)
     ORDER BY o.slug LIMIT 2)
)
SELECT f.org_id::text AS key, f.slug AS name, f.org_id AS org_id, f.slug AS organization FROM found f LIMIT 2
