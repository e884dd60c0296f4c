-- purpose: collections that no session used since $1, which were not changed since either: the $2 largest, with all counts
-- privilege: none
-- cost: all collections and documents, of each its row but not its text; of each collection its sessions until one is of late
WITH unused AS MATERIALIZED (
    SELECT c.id, c.org_id, c.bot_id, c.name
    FROM public.kb_collections c
    WHERE
        c.updated_at < $1::timestamptz
        AND NOT EXISTS (
            SELECT FROM public.user_kb_associations a
            JOIN public.user_sessions s ON s.org_id = a.org_id AND s.id = a.session_id
            WHERE a.collection_id = c.id AND a.org_id = c.org_id AND s.updated_at >= $1::timestamptz
        )
), held AS (
    SELECT u.id, count(*) AS documents, sum(octet_length(d.content))::bigint AS bytes
    FROM unused u
    JOIN public.kb_documents d ON d.collection_id = u.id AND d.org_id = u.org_id
    GROUP BY u.id
)
SELECT
    o.slug AS organization,
    b.name AS bot,
    u.name AS collection,
    h.documents,
    h.bytes,
    count(*) OVER () AS all_collections,
    (sum(h.documents) OVER ())::bigint AS all_documents,
    (sum(h.bytes) OVER ())::bigint AS all_bytes
FROM held h
JOIN unused u ON u.id = h.id
JOIN public.bots b ON b.id = u.bot_id
JOIN public.organizations o ON o.org_id = u.org_id
ORDER BY h.bytes DESC, u.id
LIMIT $2::integer
