-- purpose: all bots together: last words within $3 seconds of $2 (null: now), gaps between the bots' last $1, messages of 60 s
-- privilege: none
-- cost: the end of the index on created_at: at most 1000 rows for the words, 5000 entries for the rate
SELECT w.last_user, g.last_bot, g.words, g.usual_gap, g.longest_gap,
       extract(epoch FROM coalesce($2::timestamptz, now()) - g.last_bot)::float8 AS silent_age,
       (n.messages / greatest(n.span, 1.0))::float8 AS messages_per_s
FROM (SELECT max(r.created_at) AS last_user
      FROM (SELECT m.created_at, m.sender FROM public.message_history m
            WHERE m.created_at > coalesce($2::timestamptz, now()) - make_interval(secs => $3::float8)
              AND m.created_at < coalesce($2::timestamptz, now()) + interval '1 h'
            ORDER BY m.created_at DESC LIMIT 1000) r
      WHERE r.sender = 'user') w,
     (SELECT count(*)::integer AS words, max(s.created_at) AS last_bot,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY s.gap) AS usual_gap, max(s.gap) AS longest_gap
      FROM (SELECT w.created_at,
                   extract(epoch FROM w.created_at - lead(w.created_at) OVER (ORDER BY w.created_at DESC))::float8 AS gap
            FROM (SELECT r.created_at
                  FROM (SELECT m.created_at, m.sender FROM public.message_history m
                        WHERE m.created_at > coalesce($2::timestamptz, now()) - make_interval(secs => $3::float8)
                          AND m.created_at < coalesce($2::timestamptz, now()) + interval '1 h'
                        ORDER BY m.created_at DESC LIMIT 1000) r
                  WHERE r.sender = 'bot' ORDER BY r.created_at DESC LIMIT $1) w) s) g,
     (SELECT count(*) AS messages,
             CASE WHEN count(*) < 5000 THEN 60.0
                  ELSE extract(epoch FROM coalesce($2::timestamptz, now()) - min(m.created_at)) END AS span
      FROM (SELECT m.created_at FROM public.message_history m
            WHERE m.created_at > coalesce($2::timestamptz, now()) - interval '60 s'
              AND m.created_at <= coalesce($2::timestamptz, now())
            ORDER BY m.created_at DESC LIMIT 5000) m) n
