-- purpose: put clicks back that $1 holds as a JSON array; those that are there stay as they are
-- privilege: INSERT ON TABLE public.clicks
-- cost: a row each, and its keys
INSERT INTO public.clicks
SELECT r.*
FROM jsonb_array_elements($1::text::jsonb) AS given (row),
    LATERAL jsonb_populate_record(NULL::public.clicks, given.row) r
ON CONFLICT DO NOTHING
