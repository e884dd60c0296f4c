-- purpose: the users with id $1, named $2 or with address $2: a name may be another's address
-- privilege: none
-- cost: three look-ups by unique indexes
SELECT u.id, u.username, u.active
FROM public.users u
WHERE u.id = $1::uuid OR u.username = $2::text OR lower(u.email) = lower($2::text)
ORDER BY u.username
LIMIT 3
