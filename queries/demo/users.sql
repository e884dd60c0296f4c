-- purpose: people that live traffic lets speak, at most $1
-- privilege: none
-- cost: one page of users by primary key, at the start of the traffic
SELECT u.id, u.username
FROM public.users u
WHERE u.active
ORDER BY u.id
LIMIT $1
