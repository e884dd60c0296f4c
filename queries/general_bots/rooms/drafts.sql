-- purpose: a user's drafts ($4), edited last first, behind ($2 time, $3 id): to whom, about what, how long
-- privilege: none
-- cost: the user's drafts by their index, sorted; no body is read
SELECT d.id, (SELECT a.email_address FROM public.user_email_accounts a WHERE a.id = d.account_id) AS account,
       left(array_to_string(d.to_addresses[1:20], ', '), 300) AS recipients,
       cardinality(d.to_addresses) + cardinality(d.cc_addresses) + cardinality(d.bcc_addresses) AS recipient_count,
       left(d.subject, 160) AS subject, octet_length(d.body) AS body_bytes, jsonb_array_length(d.attachments) AS attachments,
       d.updated_at AS changed, d.created_at AS created
FROM public.email_drafts d
WHERE (d.updated_at, d.id) < ($2::timestamptz, $3::uuid) /*where*/
ORDER BY d.updated_at DESC, d.id DESC
LIMIT $1
-- where: user
AND d.user_id = $4::uuid
