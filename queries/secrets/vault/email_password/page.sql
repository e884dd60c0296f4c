-- purpose: sealed mail passwords with their rows' keys, $1 of them, in the order of the keys
-- privilege: none
-- cost: $1 rows by the primary key
SELECT a.id::text AS key, a.encrypted_password AS value
FROM public.user_email_accounts a
WHERE true /*where*/
ORDER BY a.id
LIMIT $1
-- where: after
AND a.id > $2::uuid
-- where: named
AND a.id = ANY ($2::uuid[])
