-- purpose: put document $1 in the queue of those to be indexed
-- privilege: none
-- cost: one row
INSERT INTO public.kb_index_jobs (document_id, org_id)
SELECT d.id, d.org_id FROM public.kb_documents d WHERE d.id = $1::text
RETURNING id
