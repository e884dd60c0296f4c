-- purpose: by bot: how long it took from what a user said to the bot's next word, in the $3 seconds before $2 (null: now)
-- privilege: none
-- cost: the $1 sessions that moved last, and up to 20 messages of each by the index on (session_id, created_at, id)
SELECT r.bot_id, count(*)::integer AS replies,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY r.reply) AS reply_p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY r.reply) AS reply_p95
FROM (
    SELECT s.bot_id, extract(epoch FROM n.answered - n.created_at)::float8 AS reply
    FROM (SELECT s.id, s.bot_id
          FROM public.user_sessions s
          WHERE s.updated_at > coalesce($2::timestamptz, now()) - make_interval(secs => $3::float8) /*where*/
          ORDER BY s.updated_at DESC, s.id DESC
          LIMIT $1) s
    CROSS JOIN LATERAL (
        SELECT m.sender, m.created_at,
               min(m.created_at) FILTER (WHERE m.sender = 'bot') OVER (
                   ORDER BY m.created_at, m.id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS answered
        FROM (SELECT m.sender, m.created_at, m.id FROM public.message_history m
              WHERE m.session_id = s.id
                AND m.created_at > coalesce($2::timestamptz, now()) - make_interval(secs => $3::float8)
                AND m.created_at <= coalesce($2::timestamptz, now())
              ORDER BY m.created_at DESC, m.id DESC LIMIT 20) m) n
    WHERE n.sender = 'user' AND n.answered IS NOT NULL) r
GROUP BY r.bot_id
-- where: org
AND s.org_id = $4::uuid
