-- purpose: the mail account with this id ($1); no password
-- privilege: none
-- cost: two rows by their primary keys
SELECT a.id AS key, a.email_address AS name, NULL::uuid AS org_id, ''::text AS organization,
       (SELECT u.username FROM public.users u WHERE u.id = a.user_id) AS within, ''::text AS about
FROM public.user_email_accounts a
WHERE a.id = CASE WHEN $1::text ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN $1::text::uuid END
