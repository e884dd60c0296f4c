-- purpose: the sealed mail passwords of the rows $1
-- privilege: none
-- cost: a row each by the primary key
SELECT a.id::text AS key, a.encrypted_password AS value
FROM public.user_email_accounts a
WHERE a.id = ANY ($1::uuid[])
ORDER BY a.id
