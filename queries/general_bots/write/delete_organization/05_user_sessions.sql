-- purpose: step 5 of deleting organization $1: its rows of user_sessions
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.user_sessions WHERE org_id = $1::uuid
