-- purpose: the bot with this id or name@slug ($1), or with this name if there is only one; two if it is not the only one
-- privilege: none
-- cost: look-ups by key; a bare name reads the bots until two are found
WITH keyed AS (
    SELECT b.id FROM public.bots b
    WHERE b.id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
    UNION
    SELECT b.id FROM public.organizations o JOIN public.bots b ON b.org_id = o.org_id
    WHERE $1::text LIKE '%@%' AND o.slug = lower(regexp_replace($1::text, '^.*@', ''))
      AND b.name = regexp_replace($1::text, '@[^@]*$', '')
),
found AS (
    SELECT id FROM keyed
    UNION ALL
    (SELECT b.id FROM public.bots b WHERE NOT EXISTS (SELECT FROM keyed) AND b.name = $1::text LIMIT 2)
)
SELECT b.id::text AS key, b.name AS name, b.org_id AS org_id, o.slug AS organization
FROM found f
JOIN public.bots b ON b.id = f.id
JOIN public.organizations o ON o.org_id = b.org_id
LIMIT 2
