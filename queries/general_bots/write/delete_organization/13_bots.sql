-- purpose: step 13 of deleting organization $1: its rows of bots
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.bots WHERE org_id = $1::uuid
