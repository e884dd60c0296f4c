-- purpose: the sessions with a message within 15 minutes of $2, each with the one that stands nearest to it; how far it looked
-- privilege: none
-- cost: $1 entries on each side of $2 of the index on created_at (of an organization, bots or users ($3): of theirs), and their rows
SELECT n.session_id AS id, n.created_at AS at, n.id AS message, n.before_full, n.since, n.behind_full, n.until
FROM (
    SELECT DISTINCT ON (l.session_id) l.session_id, l.created_at, l.id,
           l.before >= $1 AS before_full, l.since, l.behind >= $1 AS behind_full, l.until
    FROM (
        SELECT x.session_id, x.created_at, x.id,
               count(*) FILTER (WHERE x.is_before) OVER () AS before, min(x.created_at) OVER () AS since,
               count(*) FILTER (WHERE NOT x.is_before) OVER () AS behind, max(x.created_at) OVER () AS until
        FROM (
            (SELECT m.session_id, m.created_at, m.id, true AS is_before
             FROM public.message_history m
             WHERE m.created_at <= $2::timestamptz AND m.created_at >= $2::timestamptz - interval '15 min' /*where*/
             ORDER BY m.created_at DESC
             LIMIT $1)
            UNION ALL
            (SELECT m.session_id, m.created_at, m.id, false
             FROM public.message_history m
             WHERE m.created_at > $2::timestamptz AND m.created_at <= $2::timestamptz + interval '15 min' /*where*/
             ORDER BY m.created_at
             LIMIT $1)
        ) x
    ) l
    ORDER BY l.session_id, abs(extract(epoch FROM l.created_at - $2::timestamptz)), l.id
) n
ORDER BY abs(extract(epoch FROM n.created_at - $2::timestamptz)), n.id
-- where: org
AND m.org_id = ($3::uuid[])[1]
-- where: bots
AND m.bot_id = ANY($3::uuid[])
-- where: users
AND m.user_id = ANY($3::uuid[])
