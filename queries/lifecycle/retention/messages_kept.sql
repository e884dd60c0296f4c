-- purpose: one organization with messages from $4 to before $5 that are not all past retention; no row: all are. Cut-offs as in messages_due
-- privilege: SELECT ON TABLE public.message_history
-- cost: one look into an index for each organization that has messages there
WITH RECURSIVE present AS (
    (
        SELECT m.org_id FROM public.message_history m
        WHERE m.created_at >= $4::text::timestamptz AND m.created_at < $5::text::timestamptz
        ORDER BY m.org_id
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT m.org_id FROM public.message_history m
        WHERE
            m.org_id > p.org_id
            AND m.created_at >= $4::text::timestamptz AND m.created_at < $5::text::timestamptz
        ORDER BY m.org_id
        LIMIT 1
    )
    FROM present p
    WHERE p.org_id IS NOT NULL
)
SELECT p.org_id
FROM present p
LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = p.org_id
WHERE p.org_id IS NOT NULL AND coalesce(x.cutoff, $3::text)::timestamptz < $5::text::timestamptz
LIMIT 1
