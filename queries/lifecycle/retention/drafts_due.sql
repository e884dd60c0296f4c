-- purpose: drafts last written before the cut-off of their users; cut-offs $2 of organizations $1, of all others $3, the latest of all $4
-- privilege: SELECT ON TABLE public.email_drafts, public.organization_members
-- cost: reads the rows before the latest cut-off
-- A user of several organizations has the cut-off of the one that keeps longest; of none, the default.
SELECT
    count(*) AS rows,
    sum(pg_column_size(t.*))::bigint AS bytes,
    min(t.updated_at) AS oldest,
    max(t.updated_at) AS newest
FROM public.email_drafts t
WHERE
    t.updated_at < $4::text::timestamptz
    AND t.updated_at < coalesce(
        (
            SELECT min(coalesce(x.cutoff, $3::text)::timestamptz)
            FROM public.organization_members m
            LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = m.org_id
            WHERE m.user_id = t.user_id
        ),
        $3::text::timestamptz
    )
HAVING count(*) > 0
