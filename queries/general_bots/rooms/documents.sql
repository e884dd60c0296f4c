-- purpose: documents of a collection, or of a bot's or an organization's ($4), behind ($2 collection, $3 id), with their newest indexing job
-- privilege: none
-- cost: collections by their keys, of each the index on (collection_id, id); at most $1 rows, of each one job
SELECT d.id, k.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = k.org_id) AS organization,
       k.bot_id, (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = k.bot_id) AS bot,
       k.id AS collection_id, k.name AS collection, d.name, d.indexed, d.bytes,
       coalesce(j.state, '') AS job, j.attempts, coalesce(j.error, '') AS error, d.changed, d.created
FROM (SELECT c.id, c.org_id, c.bot_id, c.name
      FROM public.kb_collections c WHERE c.id >= $2::text /*where*/ ORDER BY c.id) k
CROSS JOIN LATERAL (
    SELECT r.id, left(r.name, 300) AS name, r.indexed, octet_length(r.content) AS bytes,
           r.updated_at AS changed, r.created_at AS created
    FROM public.kb_documents r
    WHERE r.collection_id = k.id AND (r.collection_id, r.id) > ($2::text, $3::text)
    ORDER BY r.id
    LIMIT $1) d
LEFT JOIN LATERAL (
    SELECT i.state, i.attempts, left(i.error, 160) AS error FROM public.kb_index_jobs i
    WHERE i.document_id = d.id ORDER BY i.created_at DESC LIMIT 1) j ON true
ORDER BY k.id, d.id
LIMIT $1
-- where: collection
AND c.id = $4::text
-- where: bot
AND c.bot_id = $4::uuid
-- where: org
AND c.org_id = $4::uuid
