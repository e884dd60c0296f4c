-- purpose: messages of a day of the organizations $1, estimated: of each hour the first 100, and how long they took
-- privilege: none
-- cost: 24 times 100 entries of the index on (org_id, created_at, id) for each organization
SELECT o.org_id,
       sum(CASE WHEN n.messages < 100 THEN n.messages ELSE n.messages * 3600.0 / greatest(n.took, 0.1) END)::float8 AS messages
FROM unnest($1::uuid[]) AS o (org_id)
CROSS JOIN LATERAL (
    SELECT now() - make_interval(hours => h) AS start FROM generate_series(1, 24) AS h) hours
CROSS JOIN LATERAL (
    SELECT count(*) AS messages, extract(epoch FROM max(bounded.created_at) - hours.start)::float8 AS took
    FROM (SELECT m.created_at FROM public.message_history m
          WHERE m.org_id = o.org_id AND m.created_at >= hours.start AND m.created_at < hours.start + interval '1 h'
          ORDER BY m.created_at LIMIT 100) bounded) n
GROUP BY o.org_id
