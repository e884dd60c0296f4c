-- purpose: ids of at most $1 bots of an organization ($3) whose name is like the pattern $2
-- privilege: none
-- cost: all bots of that organization, by the index on (org_id, id)
SELECT b.id
FROM public.bots b
WHERE b.org_id = $3::uuid AND b.name ILIKE $2::text
LIMIT $1
