-- purpose: sealed mail passwords with their rows' keys, $1 of them behind the key $2
-- privilege: none
-- cost: $1 rows by the primary key
SELECT a.id::text AS key, a.encrypted_password AS value
FROM public.user_email_accounts a
WHERE a.id > $2::uuid
ORDER BY a.id
LIMIT $1
