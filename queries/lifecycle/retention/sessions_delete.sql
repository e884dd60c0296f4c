-- purpose: delete those of the sessions $1 that have neither messages nor clicks
-- privilege: DELETE ON TABLE public.user_sessions
-- cost: a look into the index of every partition for each
DELETE FROM public.user_sessions s
WHERE
    s.id = ANY ($1::uuid[])
    AND NOT EXISTS (SELECT FROM public.message_history m WHERE m.session_id = s.id)
    AND NOT EXISTS (SELECT FROM public.clicks c WHERE c.session_id = s.id)
