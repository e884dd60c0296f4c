-- purpose: load in session $1 the tools of its bot, those with "default": false left out
-- privilege: none
-- cost: the tools of one bot
INSERT INTO public.session_tool_associations (session_id, tool_id, org_id)
SELECT s.id, t.id, s.org_id
FROM public.user_sessions s
JOIN public.basic_tools t ON t.bot_id = s.bot_id AND t.org_id = s.org_id
WHERE s.id = $1::uuid AND t.metadata -> 'default' IS DISTINCT FROM 'false'
ON CONFLICT (session_id, tool_id) DO NOTHING
