-- purpose: delete at most $3 clicks of organization $1 from before $2
-- privilege: DELETE ON TABLE public.clicks
-- cost: the index on the time as far back as the oldest click, and $3 rows
WITH due AS MATERIALIZED (
    SELECT c.id FROM public.clicks c
    WHERE c.org_id = $1::uuid AND c."timestamp" < $2::text::timestamptz
    ORDER BY c."timestamp"
    LIMIT $3
)
DELETE FROM public.clicks c USING due WHERE c.id = due.id
