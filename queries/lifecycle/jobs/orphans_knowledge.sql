-- purpose: of the $2 associations of sessions and collections behind id $1, delete those whose session or collection is not there
-- privilege: none
-- cost: $2 rows by key, two look-ups each
WITH page AS MATERIALIZED (
    SELECT a.id, a.session_id, a.collection_id
    FROM public.user_kb_associations a
    WHERE a.id > $1::text
    ORDER BY a.id
    LIMIT $2::integer
), gone AS (
    DELETE FROM public.user_kb_associations a
    USING page p
    WHERE
        a.id = p.id
        AND (
            NOT EXISTS (SELECT FROM public.user_sessions s WHERE s.id = p.session_id)
            OR NOT EXISTS (SELECT FROM public.kb_collections c WHERE c.id = p.collection_id)
        )
    RETURNING a.id
)
SELECT (SELECT max(p.id) FROM page p) AS last, (SELECT count(*) FROM page) AS looked, (SELECT count(*) FROM gone) AS gone
