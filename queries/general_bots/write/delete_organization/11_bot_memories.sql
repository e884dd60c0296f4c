-- purpose: step 11 of deleting organization $1: its rows of bot_memories
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.bot_memories WHERE org_id = $1::uuid
