-- purpose: the bot with this id, or of this name in the organization with this slug ("support@acme": $1 and $2)
-- privilege: none
-- cost: one row by its key, or the bots of one organization by their index
WITH keyed AS (
    SELECT b.id, b.name, b.org_id FROM public.bots b
    WHERE b.id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
), named AS (
    SELECT b.id, b.name, b.org_id FROM public.bots b
    WHERE NOT EXISTS (SELECT FROM keyed) AND lower(b.name) = lower($1::text)
      AND b.org_id = (SELECT o.org_id FROM public.organizations o WHERE o.slug = lower($2::text))
    ORDER BY b.name <> $1::text, b.id LIMIT 2
), found AS (SELECT id, name, org_id FROM keyed UNION ALL SELECT id, name, org_id FROM named)
SELECT f.id AS key, left(f.name, 200) AS name, f.org_id,
       (SELECT o.slug FROM public.organizations o WHERE o.org_id = f.org_id) AS organization, ''::text AS within, ''::text AS about
FROM found f
