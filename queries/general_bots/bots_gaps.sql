-- purpose: of the bots $1: the median and the longest gap between their last $2 words within $4 seconds of $3 (null: now)
-- privilege: none
-- cost: of each bot the end of the index on (bot_id, created_at): as many entries as hold $2 words of the bot, at most 1000
SELECT b.id, g.words, g.last_bot, g.usual_gap, g.longest_gap
FROM unnest($1::uuid[]) AS b (id)
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS words, max(s.created_at) AS last_bot,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s.gap) AS usual_gap, max(s.gap) AS longest_gap
    FROM (SELECT w.created_at,
                 extract(epoch FROM w.created_at - lead(w.created_at) OVER (ORDER BY w.created_at DESC))::float8 AS gap
          FROM (SELECT r.created_at
                FROM (SELECT m.created_at, m.sender FROM public.message_history m
                      WHERE m.bot_id = b.id
                        AND m.created_at > coalesce($3::timestamptz, now()) - make_interval(secs => $4::float8)
                        AND m.created_at < coalesce($3::timestamptz, now()) + interval '1 h'
                      ORDER BY m.created_at DESC LIMIT 1000) r
                WHERE r.sender = 'bot' ORDER BY r.created_at DESC LIMIT $2) w) s) g
