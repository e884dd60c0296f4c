-- purpose: which organizations wrote the newest messages: a sample of the last 60 s, at most 5000 messages
-- privilege: none
-- cost: at most 5000 entries of the index on created_at and their rows
SELECT m.org_id, count(*)::integer AS messages,
       extract(epoch FROM now() - CASE WHEN sum(count(*)) OVER () < 5000 THEN now() - interval '60 s'
                                       ELSE min(min(m.created_at)) OVER () END)::float8 AS span
FROM (SELECT m.org_id, m.created_at FROM public.message_history m
      WHERE m.created_at > now() - interval '60 s' AND m.created_at <= now()
      ORDER BY m.created_at DESC LIMIT 5000) m
GROUP BY m.org_id
ORDER BY messages DESC, m.org_id
