-- purpose: messages from $4 to before $5 that are past retention, by organization; cut-offs $2 of organizations $1, of all others $3
-- privilege: SELECT ON TABLE public.message_history, public.organizations
-- cost: reads the rows that would go
SELECT
    m.org_id,
    (SELECT o.slug FROM public.organizations o WHERE o.org_id = m.org_id) AS organization,
    count(*) AS rows,
    sum(pg_column_size(m.*))::bigint AS bytes,
    min(m.created_at) AS oldest,
    max(m.created_at) AS newest
FROM public.message_history m
LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = m.org_id
WHERE
    m.created_at >= $4::text::timestamptz
    AND m.created_at < $5::text::timestamptz
    AND m.created_at < coalesce(x.cutoff, $3::text)::timestamptz
GROUP BY m.org_id
ORDER BY organization, m.org_id
