-- purpose: the collection with this id ($1), or with this name if there is only one; two if it is not the only one
-- privilege: none
-- cost: a look-up by key; a bare name reads the collections until two are found
WITH keyed AS (
    SELECT c.id FROM public.kb_collections c WHERE c.id = $1::text
),
found AS (
    SELECT id FROM keyed
    UNION ALL
    (SELECT c.id FROM public.kb_collections c WHERE NOT EXISTS (SELECT FROM keyed) AND c.name = $1::text LIMIT 2)
)
SELECT c.id AS key, c.name AS name, c.org_id AS org_id, o.slug AS organization
FROM found f
JOIN public.kb_collections c ON c.id = f.id
JOIN public.organizations o ON o.org_id = c.org_id
LIMIT 2
