-- purpose: step 9 of deleting organization $1: its rows of basic_tools
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.basic_tools WHERE org_id = $1::uuid
