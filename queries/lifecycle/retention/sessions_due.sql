-- purpose: sessions that expired and rested before the cut-off, by organization: those without history (none, while a month is detached: its messages hang on them, too), and those with one whose token is not revoked yet
-- privilege: SELECT ON TABLE public.user_sessions, public.message_history, public.clicks, public.organizations
-- cost: reads the sessions before the latest cut-off ($4), and looks for messages of each in the index of every partition
SELECT
    d.org_id,
    (SELECT o.slug FROM public.organizations o WHERE o.org_id = d.org_id) AS organization,
    d.history,
    count(*) AS rows,
    sum(d.bytes)::bigint AS bytes,
    min(d.updated_at) AS oldest,
    max(d.updated_at) AS newest
FROM (
    SELECT
        s.org_id, s.updated_at, s.session_token LIKE 'revoked:%' AS revoked, pg_column_size(s.*) AS bytes,
        EXISTS (SELECT FROM public.message_history m WHERE m.session_id = s.id)
            OR EXISTS (SELECT FROM public.clicks c WHERE c.session_id = s.id)
            OR EXISTS (
                SELECT FROM pg_constraint k
                JOIN pg_class t ON t.oid = k.conrelid AND t.relnamespace = to_regnamespace('gb_part')
                WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = 'public.user_sessions'::regclass
                UNION ALL
                SELECT FROM pg_inherits i WHERE i.inhparent = 'public.message_history'::regclass AND i.inhdetachpending
            ) AS history
    FROM public.user_sessions s
    LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = s.org_id
    WHERE
        s.expires_at < $4::text::timestamptz
        AND greatest(s.expires_at, s.updated_at) < coalesce(x.cutoff, $3::text)::timestamptz
) d
WHERE NOT (d.history AND d.revoked)
GROUP BY d.org_id, d.history
ORDER BY organization, d.org_id, d.history
