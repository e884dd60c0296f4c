-- purpose: step 7 of deleting organization $1: its rows of kb_documents
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.kb_documents WHERE org_id = $1::uuid
