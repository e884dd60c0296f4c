-- purpose: give user $1 the Argon2 hash $2
-- privilege: none
-- cost: one row by key
UPDATE public.users u SET password_hash = $2::text, updated_at = now() WHERE u.id = $1::uuid /*where*/
RETURNING u.id
-- where: unchanged
AND u.password_hash = $3::text
