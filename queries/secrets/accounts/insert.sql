-- purpose: a new user named $1 with address $2 and Argon2 hash $3; no row: the name or the address is taken
-- privilege: none
-- cost: one row
INSERT INTO public.users (username, email, password_hash)
VALUES ($1::text, $2::text, $3::text)
ON CONFLICT DO NOTHING
RETURNING id
