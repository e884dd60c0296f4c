-- purpose: delete document $1 with its indexing jobs; says what it was
-- privilege: none
-- cost: one row
DELETE FROM public.kb_documents WHERE id = $1::text RETURNING collection_id, octet_length(content) AS bytes
