-- purpose: step 15 of deleting organization $1: its rows of organizations
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.organizations WHERE org_id = $1::uuid
