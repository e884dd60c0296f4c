-- purpose: step 2 of deleting organization $1: its rows of clicks
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.clicks WHERE org_id = $1::uuid
