-- purpose: load tool $1 in the sessions of its bot that have not expired
-- privilege: none
-- cost: the active sessions of one bot
INSERT INTO public.session_tool_associations (session_id, tool_id, org_id)
SELECT s.id, t.id, t.org_id
FROM public.basic_tools t
JOIN public.user_sessions s ON s.bot_id = t.bot_id AND s.org_id = t.org_id AND s.expires_at > now()
WHERE t.id = $1::text AND t.metadata -> 'default' IS DISTINCT FROM 'false'
ON CONFLICT (session_id, tool_id) DO NOTHING
