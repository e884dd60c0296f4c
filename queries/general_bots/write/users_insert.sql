-- purpose: new users named $1 with addresses $2 and Argon2 hashes $3
-- privilege: none
-- cost: one row a user
INSERT INTO public.users (username, email, password_hash)
SELECT u.username, u.email, u.password_hash
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS u (username, email, password_hash, place)
ORDER BY u.place
RETURNING id
