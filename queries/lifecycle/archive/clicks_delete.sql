-- purpose: delete the clicks with the ids $1 and times $2: those that were archived, and no other
-- privilege: DELETE ON TABLE public.clicks
-- cost: rows by key
DELETE FROM public.clicks c
USING unnest($1::text[]::uuid[], $2::timestamptz[]) AS k (id, at)
WHERE c.id = k.id AND c."timestamp" = k.at
