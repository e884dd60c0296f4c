-- purpose: a user's mail accounts ($4), behind ($2 address, $3 id), with how many folders and drafts they have; no password
-- privilege: none
-- cost: the user's accounts by their index; of each 1001 entries of two indexes
SELECT a.id, a.user_id, (SELECT u.username FROM public.users u WHERE u.id = a.user_id) AS "user", a.email_address, a.active,
       left(a.imap_server, 255) AS imap_server, a.imap_port, left(a.smtp_server, 255) AS smtp_server, a.smtp_port,
       f.folders, d.drafts, a.changed, a.created
FROM (SELECT r.id, r.user_id, r.email_address, r.active, r.imap_server, r.imap_port, r.smtp_server, r.smtp_port,
             r.updated_at AS changed, r.created_at AS created
      FROM public.user_email_accounts r
      WHERE (r.email_address, r.id) > ($2::text, $3::uuid) /*where*/
      ORDER BY r.email_address, r.id
      LIMIT $1) a
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS folders
    FROM (SELECT FROM public.email_folders x WHERE x.account_id = a.id LIMIT 1001) bounded) f
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS drafts
    FROM (SELECT FROM public.email_drafts x WHERE x.account_id = a.id LIMIT 1001) bounded) d
ORDER BY a.email_address, a.id
-- where: user
AND r.user_id = $4::uuid
