-- purpose: bots by id, a page behind the only id of $3 or those whose ids $3 holds, with their last words within $4 seconds of $2 (null: now)
-- privilege: none
-- cost: $1 bots by the primary key; of each the end of the index on (bot_id, created_at), twice, at most 1000 entries
SELECT b.id, b.org_id, (SELECT left(o.slug, 200) FROM public.organizations o WHERE o.org_id = b.org_id) AS organization,
       left(b.name, 200) AS bot, u.created_at AS last_user, a.created_at AS last_bot,
       coalesce($2::timestamptz, now()) AS at
FROM (SELECT b.id, b.org_id, b.name
      FROM public.bots b
      WHERE true /*where*/
      ORDER BY b.id
      LIMIT $1) b
-- Bounded, because a bot that never answers, or talks to nobody, may have a million messages of one kind.
LEFT JOIN LATERAL (
    SELECT r.created_at
    FROM (SELECT m.created_at, m.sender FROM public.message_history m
          WHERE m.bot_id = b.id AND m.created_at > coalesce($2::timestamptz, now()) - make_interval(secs => $4::float8)
            AND m.created_at < coalesce($2::timestamptz, now()) + interval '1 h'
          ORDER BY m.created_at DESC LIMIT 1000) r
    WHERE r.sender = 'user' ORDER BY r.created_at DESC LIMIT 1) u ON true
LEFT JOIN LATERAL (
    SELECT r.created_at
    FROM (SELECT m.created_at, m.sender FROM public.message_history m
          WHERE m.bot_id = b.id AND m.created_at > coalesce($2::timestamptz, now()) - make_interval(secs => $4::float8)
            AND m.created_at < coalesce($2::timestamptz, now()) + interval '1 h'
          ORDER BY m.created_at DESC LIMIT 1000) r
    WHERE r.sender = 'bot' ORDER BY r.created_at DESC LIMIT 1) a ON true
ORDER BY b.id
-- where: after
AND b.id > ($3::uuid[])[1]
-- where: named
AND b.id = ANY($3::uuid[])
-- where: org
AND b.org_id = $5::uuid
