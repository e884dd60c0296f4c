-- purpose: revoke those of the sessions $1 that have messages or clicks (any, while a month is detached) and are not revoked yet; the rows stay
-- privilege: UPDATE ON TABLE public.user_sessions
-- cost: a look into the index of every partition for each
UPDATE public.user_sessions s SET session_token = 'revoked:' || s.id
WHERE
    s.id = ANY ($1::uuid[])
    AND s.session_token NOT LIKE 'revoked:%'
    AND (
        EXISTS (SELECT FROM public.message_history m WHERE m.session_id = s.id)
        OR EXISTS (SELECT FROM public.clicks c WHERE c.session_id = s.id)
        OR EXISTS (
            SELECT FROM pg_constraint k
            JOIN pg_class t ON t.oid = k.conrelid AND t.relnamespace = to_regnamespace('gb_part')
            WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = 'public.user_sessions'::regclass
            UNION ALL
            SELECT FROM pg_inherits i WHERE i.inhparent = 'public.message_history'::regclass AND i.inhdetachpending
        )
    )
