-- purpose: take tool $1 out of all sessions
-- privilege: none
-- cost: the sessions that have it loaded
DELETE FROM public.session_tool_associations WHERE tool_id = $1::text
