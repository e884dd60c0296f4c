-- purpose: ids of at most $1 users whose name begins with $2 (up to $3 exclusive; in small letters)
-- privilege: none
-- cost: $1 entries of the index on lower(username)
SELECT u.id
FROM public.users u
WHERE lower(u.username) COLLATE "C" >= $2::text AND lower(u.username) COLLATE "C" < $3::text
ORDER BY lower(u.username) COLLATE "C"
LIMIT $1
