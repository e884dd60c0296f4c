-- purpose: messages and sessions that moved, by organization, of the last minute, 5 and 15 minutes; how far back the $1 newest of each reach
-- privilege: none
-- cost: at most $1 entries each of the indexes on created_at and updated_at, and their rows
WITH said AS MATERIALIZED (
    SELECT m.org_id, m.created_at AS at FROM public.message_history m
    WHERE m.created_at > now() - interval '15 min' AND m.created_at <= now()
    ORDER BY m.created_at DESC LIMIT $1
), moved AS MATERIALIZED (
    SELECT s.org_id, s.updated_at AS at FROM public.user_sessions s
    WHERE s.updated_at > now() - interval '15 min' AND s.updated_at <= now()
    ORDER BY s.updated_at DESC LIMIT $1
)
SELECT e.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = e.org_id) AS organization,
       ARRAY[sum(e.messages) FILTER (WHERE e.at > now() - interval '1 min'),
             sum(e.messages) FILTER (WHERE e.at > now() - interval '5 min'), sum(e.messages)]::bigint[] AS messages,
       ARRAY[sum(e.sessions) FILTER (WHERE e.at > now() - interval '1 min'),
             sum(e.sessions) FILTER (WHERE e.at > now() - interval '5 min'), sum(e.sessions)]::bigint[] AS sessions,
       (SELECT CASE WHEN count(*) >= $1 THEN extract(epoch FROM now() - min(said.at)) END FROM said)::float8 AS messages_reach,
       (SELECT CASE WHEN count(*) >= $1 THEN extract(epoch FROM now() - min(moved.at)) END FROM moved)::float8 AS sessions_reach
FROM (SELECT said.org_id, said.at, 1 AS messages, 0 AS sessions FROM said
      UNION ALL SELECT moved.org_id, moved.at, 0, 1 FROM moved) e
GROUP BY e.org_id
