-- purpose: the collection with this id ($1)
-- privilege: none
-- cost: three rows by their primary keys
SELECT k.id AS key, k.name, k.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = k.org_id) AS organization,
       (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = k.bot_id) AS within, left(k.description, 160) AS about
FROM public.kb_collections k
WHERE k.id = $1::text
