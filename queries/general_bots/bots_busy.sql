-- purpose: which bots wrote or were written to, and when last: a sample of the 60 s before $1 (null: now), at most 5000 messages
-- privilege: none
-- cost: at most 5000 entries of the index on created_at (with an organization: of its own) and their rows
SELECT m.bot_id, count(*)::integer AS messages,
       max(m.created_at) FILTER (WHERE m.sender = 'user') AS last_user,
       max(m.created_at) FILTER (WHERE m.sender = 'bot') AS last_bot,
       extract(epoch FROM coalesce($1::timestamptz, now())
               - CASE WHEN sum(count(*)) OVER () < 5000 THEN coalesce($1::timestamptz, now()) - interval '60 s'
                      ELSE min(min(m.created_at)) OVER () END)::float8 AS span
FROM (SELECT m.bot_id, m.sender, m.created_at FROM public.message_history m
      WHERE m.created_at > coalesce($1::timestamptz, now()) - interval '60 s'
        AND m.created_at <= coalesce($1::timestamptz, now()) /*where*/
      ORDER BY m.created_at DESC LIMIT 5000) m
GROUP BY m.bot_id
-- where: org
AND m.org_id = $2::uuid
