-- purpose: step 4 of deleting organization $1: its rows of session_tool_associations
-- privilege: none
-- cost: all rows of one organization, by index
DELETE FROM public.session_tool_associations WHERE org_id = $1::uuid
