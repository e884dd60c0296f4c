-- purpose: delete collection $1; the server refuses while it holds documents
-- privilege: none
-- cost: one row and the sessions that use it
DELETE FROM public.kb_collections WHERE id = $1::text
