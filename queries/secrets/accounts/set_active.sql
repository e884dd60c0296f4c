-- purpose: let the account of user $1 be used ($2 true) or not; no row: it is so already, or there is no such user
-- privilege: none
-- cost: one row by key
UPDATE public.users u SET active = $2::boolean, updated_at = now()
WHERE u.id = $1::uuid AND u.active IS DISTINCT FROM $2::boolean
RETURNING u.id
