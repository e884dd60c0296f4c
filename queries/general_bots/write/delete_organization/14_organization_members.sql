-- purpose: step 14 of deleting organization $1: its rows of organization_members
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.organization_members WHERE org_id = $1::uuid
