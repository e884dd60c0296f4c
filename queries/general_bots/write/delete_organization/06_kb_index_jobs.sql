-- purpose: step 6 of deleting organization $1: its rows of kb_index_jobs
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.kb_index_jobs WHERE org_id = $1::uuid
