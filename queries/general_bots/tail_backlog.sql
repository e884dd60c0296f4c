-- purpose: the newest messages by time, at most $1, not older than $2: what a new tail shows before it follows
-- privilege: none
-- cost: the end of the index on created_at (with an organization: of its bots' own), at most $1 rows
SELECT NULL::text AS header, m.tx::text AS tx, m.id, m.session_id, m.user_id, m.bot_id, m.org_id,
       left(m.message, 4000) AS message, m.sender,
       least(greatest(m.created_at, '0001-01-03 00:00Z'), '9999-12-30 00:00Z') AS created_at,
       char_length(m.message) AS length
FROM public.message_history m
WHERE ($2::timestamptz IS NULL OR m.created_at >= $2::timestamptz)
/*where*/
ORDER BY m.created_at DESC, m.id DESC LIMIT $1
-- where: org
AND m.org_id = $3::uuid
-- where: mine
AND m.id = ANY(ARRAY(
    SELECT x.id
    FROM unnest(gb_meta.my_orgs()) AS mine (org_id)
    CROSS JOIN LATERAL (
        SELECT n.id, n.created_at FROM public.message_history n
        WHERE n.org_id = mine.org_id AND ($2::timestamptz IS NULL OR n.created_at >= $2::timestamptz)
        ORDER BY n.created_at DESC, n.id DESC LIMIT $1) x
    ORDER BY x.created_at DESC, x.id DESC LIMIT $1))
