-- purpose: messages of all sessions before ($2 created_at, $3 id), newest first, at most $1
-- privilege: none
-- cost: one range of the index on (created_at, id), and one look into that of each younger partition
SELECT NULL::text AS header, m.tx::text AS tx, m.id, m.session_id, m.user_id, m.bot_id, m.org_id,
       left(m.message, 4000) AS message, m.sender,
       least(greatest(m.created_at, '0001-01-03 00:00Z'), '9999-12-30 00:00Z') AS created_at,
       char_length(m.message) AS length
FROM public.message_history m
WHERE (m.created_at, m.id) < ($2::timestamptz, $3::uuid)
/*where*/
ORDER BY m.created_at DESC, m.id DESC LIMIT $1
-- where: org
AND m.org_id = $4::uuid
-- where: mine
AND m.id = ANY(ARRAY(
    SELECT x.id
    FROM unnest(gb_meta.my_orgs()) AS mine (org_id)
    CROSS JOIN LATERAL (
        SELECT n.id, n.created_at FROM public.message_history n
        WHERE n.org_id = mine.org_id AND (n.created_at, n.id) < ($2::timestamptz, $3::uuid)
        ORDER BY n.created_at DESC, n.id DESC LIMIT $1) x
    ORDER BY x.created_at DESC, x.id DESC LIMIT $1))
