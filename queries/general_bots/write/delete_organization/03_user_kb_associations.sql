-- purpose: step 3 of deleting organization $1: its rows of user_kb_associations
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.user_kb_associations WHERE org_id = $1::uuid
