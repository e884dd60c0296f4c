-- purpose: login tokens that expired before the cut-off of their users; cut-offs $2 of organizations $1, of all others $3, the latest of all $4
-- privilege: SELECT ON TABLE public.user_login_tokens, public.organization_members
-- cost: reads the rows before the latest cut-off
-- A user of several organizations has the cut-off of the one that keeps longest; of none, the default.
SELECT
    count(*) AS rows,
    sum(pg_column_size(t.*))::bigint AS bytes,
    min(t.expires_at) AS oldest,
    max(t.expires_at) AS newest
FROM public.user_login_tokens t
WHERE
    t.expires_at < $4::text::timestamptz
    AND t.expires_at < coalesce(
        (
            SELECT min(coalesce(x.cutoff, $3::text)::timestamptz)
            FROM public.organization_members m
            LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = m.org_id
            WHERE m.user_id = t.user_id
        ),
        $3::text::timestamptz
    )
HAVING count(*) > 0
