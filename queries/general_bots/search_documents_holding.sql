-- purpose: documents with ids behind $2 and up to $3 (null: all) whose name or text holds the text $4, upper or lower case alike, at most $1
-- privilege: none
-- cost: the text of every document in between, so the caller keeps the ids close; no index helps
SELECT f.id, f.collection_id, f.bot_id, f.org_id, f.name, f.updated_at, f.indexed, char_length(f.content) AS length,
       (SELECT left(o.slug, 200) FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = f.bot_id) AS bot,
       (SELECT left(k.name, 200) FROM public.kb_collections k WHERE k.id = f.collection_id) AS collection,
       0.0::real AS rank,
       p.start, substr(f.content, p.start, 600) AS text, NULL::text AS marked
FROM (SELECT d.id, d.collection_id, d.bot_id, d.org_id, d.name, d.updated_at, d.indexed, d.content
      FROM public.kb_documents d
      WHERE d.id > $2::text AND ($3::text IS NULL OR d.id <= $3::text)
      AND (strpos(lower(left(d.content, 100000)), lower($4::text)) > 0 OR strpos(lower(d.name), lower($4::text)) > 0)
      /*where*/
      ORDER BY d.id LIMIT $1) f
CROSS JOIN LATERAL (SELECT greatest(strpos(lower(left(f.content, 100000)), lower($4::text)) - 100, 1) AS start) p
ORDER BY f.id
-- where: org
AND d.org_id = $5::uuid
-- where: bot
AND d.bot_id = $6::uuid
