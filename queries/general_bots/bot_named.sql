-- purpose: a bot by its name or id ($1) in an organization ($2)
-- privilege: none
-- cost: the bots of one organization by an index
SELECT b.id, b.name FROM public.bots b
WHERE b.org_id = $2::uuid AND (b.name = $1::text OR b.id::text = lower($1::text))
