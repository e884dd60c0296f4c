-- purpose: collections of the bots of an organization or of one bot ($4), behind ($2 bot, $3 name), with how far they are indexed
-- privilege: none
-- cost: at most $1 collections by the index on (bot_id, name); of each 1001 entries of its documents' index, twice, and the jobs of 200 documents
SELECT k.id, k.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = k.org_id) AS organization,
       k.bot_id, k.bot, k.name, k.description, d.documents, u.unindexed,
       CASE WHEN d.documents <= 1000 AND d.documents > 0
            THEN (d.documents - u.unindexed)::float8 / d.documents END AS indexed_share,
       j.waiting, j.running, j.failed, j.oldest_wait, coalesce(j.last_error, '') AS last_error,
       k.bytes, k.changed, k.created
FROM (SELECT c.id, b.org_id, b.id AS bot_id, left(b.name, 200) AS bot, c.name, c.description, c.bytes, c.changed, c.created
      FROM (SELECT b.id, b.org_id, b.name FROM public.bots b WHERE b.id >= $2::uuid /*where*/ ORDER BY b.id) b
      CROSS JOIN LATERAL (
          SELECT r.id, r.name, left(r.description, 160) AS description, r.updated_at AS changed, r.created_at AS created,
                 CASE WHEN jsonb_typeof(r.metadata -> 'bytes') = 'number'
                      THEN least(abs((r.metadata ->> 'bytes')::numeric), 9e18)::bigint END AS bytes
          FROM public.kb_collections r
          WHERE r.bot_id = b.id AND (r.bot_id, r.name) > ($2::uuid, $3::text)
          ORDER BY r.name
          LIMIT $1) c
      ORDER BY b.id, c.name
      LIMIT $1) k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS documents
    FROM (SELECT FROM public.kb_documents d WHERE d.collection_id = k.id LIMIT 1001) bounded) d
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS unindexed
    FROM (SELECT FROM public.kb_documents d WHERE d.collection_id = k.id AND d.indexed = false LIMIT 1001) bounded) u
-- The newest job of each of 200 documents that are not indexed yet: 201 means that there are more.
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE q.state = 'waiting')::integer AS waiting,
           count(*) FILTER (WHERE q.state = 'running')::integer AS running,
           count(*) FILTER (WHERE q.state = 'failed')::integer AS failed,
           min(q.created_at) FILTER (WHERE q.state = 'waiting') AS oldest_wait,
           (array_agg(q.error ORDER BY q.updated_at DESC) FILTER (WHERE q.state = 'failed'))[1] AS last_error
    FROM (SELECT d.id FROM public.kb_documents d WHERE d.collection_id = k.id AND d.indexed = false LIMIT 201) p
    CROSS JOIN LATERAL (
        SELECT i.state, i.created_at, i.updated_at, left(i.error, 160) AS error FROM public.kb_index_jobs i
        WHERE i.document_id = p.id ORDER BY i.created_at DESC LIMIT 1) q) j
ORDER BY k.bot_id, k.name
-- where: bot
AND b.id = $4::uuid
-- where: org
AND b.org_id = $4::uuid
