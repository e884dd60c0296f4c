-- purpose: by bot: sessions that moved between $3 and $4 seconds before $2 (null: now), and whose user waits ($5 s) or has given up ($6 s)
-- privilege: none
-- cost: $1 entries of the index on (updated_at, id); of each session its newest message, and up to 20 where the user spoke last
--
-- Somebody waits from the first thing said since the bot's last word, and has given up when the last is old.
SELECT s.bot_id, count(*)::integer AS sessions,
       count(*) FILTER (WHERE s.expires_at > s.at)::integer AS active,
       count(*) FILTER (WHERE l.gone < $6::float8 AND w.waited >= $5::float8)::integer AS waiting,
       max(w.waited) FILTER (WHERE l.gone < $6::float8 AND w.waited >= $5::float8) AS waiting_age,
       count(*) FILTER (WHERE l.gone >= $6::float8)::integer AS abandoned
FROM (SELECT s.id, s.bot_id, s.expires_at, coalesce($2::timestamptz, now()) AS at
      FROM public.user_sessions s
      WHERE s.updated_at > coalesce($2::timestamptz, now()) - make_interval(secs => $4::float8)
        AND s.updated_at <= coalesce($2::timestamptz, now()) - make_interval(secs => $3::float8) /*where*/
      ORDER BY s.updated_at DESC, s.id DESC
      LIMIT $1) s
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM s.at - r.created_at)::float8 AS gone
    FROM (SELECT m.sender, m.created_at FROM public.message_history m
          WHERE m.session_id = s.id
            AND m.created_at > coalesce($2::timestamptz, now()) - interval '1 day'
            AND m.created_at < coalesce($2::timestamptz, now()) + interval '1 h'
          ORDER BY m.created_at DESC, m.id DESC LIMIT 1) r
    WHERE r.sender = 'user') l ON true
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM s.at - min(r.created_at))::float8 AS waited
    FROM (SELECT n.created_at, count(*) FILTER (WHERE n.sender = 'bot') OVER (ORDER BY n.created_at DESC, n.id DESC) AS bots
          FROM (SELECT m.created_at, m.id, m.sender FROM public.message_history m
                WHERE m.session_id = s.id AND l.gone IS NOT NULL
                  AND m.created_at > coalesce($2::timestamptz, now()) - interval '1 day'
                  AND m.created_at < coalesce($2::timestamptz, now()) + interval '1 h'
                ORDER BY m.created_at DESC, m.id DESC LIMIT 20) n) r
    WHERE r.bots = 0) w ON true
GROUP BY s.bot_id
-- where: org
AND s.org_id = $7::uuid
