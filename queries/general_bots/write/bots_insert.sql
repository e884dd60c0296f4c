-- purpose: new bots of organization $1, named $2
-- privilege: none
-- cost: one row a bot
INSERT INTO public.bots (org_id, name)
SELECT $1::uuid, n.name FROM unnest($2::text[]) WITH ORDINALITY AS n (name, place) ORDER BY n.place
RETURNING id, name
