-- purpose: clicks that are past retention, by organization; cut-offs $2 of organizations $1, of all others $3, the latest of all $4
-- privilege: SELECT ON TABLE public.clicks, public.organizations
-- cost: reads the rows before the latest cut-off, by the index on the time
SELECT
    c.org_id,
    (SELECT o.slug FROM public.organizations o WHERE o.org_id = c.org_id) AS organization,
    count(*) AS rows,
    sum(pg_column_size(c.*))::bigint AS bytes,
    min(c."timestamp") AS oldest,
    max(c."timestamp") AS newest
FROM public.clicks c
LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = c.org_id
WHERE
    c."timestamp" < $4::text::timestamptz
    AND c."timestamp" < coalesce(x.cutoff, $3::text)::timestamptz
GROUP BY c.org_id
ORDER BY organization, c.org_id
