-- purpose: ids of at most $1 bots whose name begins with $2 (up to $3 exclusive; in small letters)
-- privilege: none
-- cost: $1 entries of the index on lower(name)
SELECT b.id
FROM public.bots b
WHERE lower(b.name) COLLATE "C" >= $2::text AND lower(b.name) COLLATE "C" < $3::text
ORDER BY lower(b.name) COLLATE "C"
LIMIT $1
