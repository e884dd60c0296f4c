-- purpose: folders of a mail account, or of a user's accounts ($5), behind ($2 account, $3 path, $4 id), with their messages counted to 1000
-- privilege: none
-- cost: accounts by their keys, of each its folders by their index; at most $1 folders, of each 1001 messages
SELECT f.id, f.account, f.path, f.message_count, c.counted, f.unread_count, c.unread,
       CASE WHEN c.counted > 1000 AND f.message_count > 1000 THEN 'not counted'
            WHEN c.counted <> f.message_count OR c.counted <= 1000 AND c.unread <> f.unread_count THEN 'differs'
            ELSE 'agrees' END AS state,
       f.synchronized, f.account_id
FROM (SELECT r.id, left(a.email_address, 320) AS account, r.path, r.message_count, r.unread_count, r.synchronized,
             a.id AS account_id
      FROM (SELECT a.id, a.email_address FROM public.user_email_accounts a
            WHERE a.id >= $2::uuid /*where*/ ORDER BY a.id) a
      CROSS JOIN LATERAL (
          SELECT x.id, x.path, x.message_count, x.unread_count, x.updated_at AS synchronized
          FROM public.email_folders x
          WHERE x.account_id = a.id AND (x.account_id, x.path, x.id) > ($2::uuid, $3::text, $4::uuid)
          ORDER BY x.path, x.id
          LIMIT $1) r
      ORDER BY a.id, r.path, r.id
      LIMIT $1) f
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS counted, count(*) FILTER (WHERE NOT '\Seen' = ANY (m.flags))::integer AS unread
    FROM (SELECT m.flags FROM public.folder_messages m WHERE m.folder_id = f.id LIMIT 1001) m) c
ORDER BY f.account_id, f.path, f.id
-- where: account
AND a.id = $5::uuid
-- where: user
AND a.user_id = $5::uuid
