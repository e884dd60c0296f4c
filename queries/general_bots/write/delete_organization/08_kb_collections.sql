-- purpose: step 8 of deleting organization $1: its rows of kb_collections
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.kb_collections WHERE org_id = $1::uuid
