-- purpose: one document ($1): of its text and metadata $2 characters each
-- privilege: none
-- cost: one row by its primary key
SELECT left(d.content, $2) AS content, left(jsonb_pretty(d.metadata), $2) AS metadata,
       coalesce(d.embedding_id, '') AS embedding_id, char_length(d.content) > $2 AS cut
FROM public.kb_documents d
WHERE d.id = $1::text
