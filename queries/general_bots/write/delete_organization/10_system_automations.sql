-- purpose: step 10 of deleting organization $1: its rows of system_automations
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.system_automations WHERE org_id = $1::uuid
