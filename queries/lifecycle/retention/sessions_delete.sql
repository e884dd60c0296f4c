-- purpose: delete those of the sessions $1 that have neither messages nor clicks; none while a month is detached, whose messages would go with them by its foreign key
-- privilege: DELETE ON TABLE public.user_sessions
-- cost: a look into the index of every partition for each
DELETE FROM public.user_sessions s
WHERE
    s.id = ANY ($1::uuid[])
    AND NOT EXISTS (SELECT FROM public.message_history m WHERE m.session_id = s.id)
    AND NOT EXISTS (SELECT FROM public.clicks c WHERE c.session_id = s.id)
    AND NOT EXISTS (
        SELECT FROM pg_constraint k
        JOIN pg_class t ON t.oid = k.conrelid AND t.relnamespace = to_regnamespace('gb_part')
        WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = 'public.user_sessions'::regclass
        UNION ALL
        SELECT FROM pg_inherits i WHERE i.inhparent = 'public.message_history'::regclass AND i.inhdetachpending
    )
