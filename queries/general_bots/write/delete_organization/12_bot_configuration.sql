-- purpose: step 12 of deleting organization $1: its rows of bot_configuration
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.bot_configuration WHERE org_id = $1::uuid
