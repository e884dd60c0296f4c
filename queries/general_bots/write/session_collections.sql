-- purpose: activate in session $1 the collections of its bot, those with "default": false left out
-- privilege: none
-- cost: the collections of one bot
INSERT INTO public.user_kb_associations (session_id, collection_id, org_id)
SELECT s.id, c.id, s.org_id
FROM public.user_sessions s
JOIN public.kb_collections c ON c.bot_id = s.bot_id AND c.org_id = s.org_id
WHERE s.id = $1::uuid AND c.metadata -> 'default' IS DISTINCT FROM 'false'
ON CONFLICT (session_id, collection_id) DO NOTHING
