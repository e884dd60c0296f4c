-- purpose: step 1 of deleting organization $1: its rows of message_history
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.message_history WHERE org_id = $1::uuid
