-- purpose: the Argon2 hash of user $1, to verify a password by
-- privilege: none
-- cost: one row by key
SELECT u.password_hash AS hash, u.active FROM public.users u WHERE u.id = $1::uuid
