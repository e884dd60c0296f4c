-- purpose: the newest messages from ($4 time, $5 id) to before ($2, $3) that hold the text $6, upper or lower case alike, at most $1
-- privilege: none
-- cost: the text of every message in between, so the caller keeps the places close; no index helps
SELECT f.id, f.session_id, f.bot_id, f.org_id, f.sender, f.created_at, char_length(f.message) AS length,
       (SELECT left(o.slug, 200) FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = f.bot_id) AS bot,
       coalesce((SELECT left(u.username, 200) FROM public.users u WHERE u.id = f.user_id), '') AS "user",
       0.0::real AS rank,
       p.start, substr(f.message, p.start, 600) AS text, NULL::text AS marked
FROM (SELECT m.id, m.session_id, m.user_id, m.bot_id, m.org_id, m.sender, m.created_at, m.message
      FROM public.message_history m
      -- What compares the time alone says nothing new: it leaves out partitions.
      WHERE m.created_at <= $2::timestamptz AND (m.created_at, m.id) < ($2::timestamptz, $3::uuid)
      AND m.created_at >= $4::timestamptz AND (m.created_at, m.id) >= ($4::timestamptz, $5::uuid)
      AND strpos(lower(left(m.message, 100000)), lower($6::text)) > 0
      /*where*/
      ORDER BY m.created_at DESC, m.id DESC LIMIT $1) f
CROSS JOIN LATERAL (SELECT greatest(strpos(lower(left(f.message, 100000)), lower($6::text)) - 100, 1) AS start) p
ORDER BY f.created_at DESC, f.id DESC
-- where: org
AND m.org_id = $7::uuid
-- where: bot
AND m.bot_id = $8::uuid
-- where: session
AND m.session_id = $8::uuid
