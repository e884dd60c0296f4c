-- purpose: one draft ($1) with its addresses, and of its text and attachments $2 characters each
-- privilege: none
-- cost: one row by its primary key
SELECT left(array_to_string(d.to_addresses, ', '), $2) AS recipients, left(array_to_string(d.cc_addresses, ', '), $2) AS cc,
       left(array_to_string(d.bcc_addresses, ', '), $2) AS bcc, left(d.subject, $2) AS subject, left(d.body, $2) AS body,
       left(jsonb_pretty(d.attachments), $2) AS attached, char_length(d.body) > $2 AS cut
FROM public.email_drafts d
WHERE d.id = $1::uuid
