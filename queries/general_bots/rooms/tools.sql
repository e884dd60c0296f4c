-- purpose: tools of the bots of an organization or of one bot ($4), behind ($2 bot, $3 name), with the sessions that have them loaded
-- privilege: none
-- cost: bots by their keys, of each the index on (bot_id, name); at most $1 tools, of each 1001 entries of the sessions' index
SELECT t.id, t.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = t.org_id) AS organization,
       t.bot_id, t.bot, t.name, t.description, t.parameters, s.sessions, t.script_bytes, t.changed, t.created
FROM (SELECT c.id, b.org_id, b.id AS bot_id, left(b.name, 200) AS bot, c.name, c.description, c.parameters,
             c.script_bytes, c.changed, c.created
      FROM (SELECT b.id, b.org_id, b.name FROM public.bots b WHERE b.id >= $2::uuid /*where*/ ORDER BY b.id) b
      CROSS JOIN LATERAL (
          SELECT r.id, r.name, left(r.description, 160) AS description, octet_length(r.script) AS script_bytes,
                 CASE jsonb_typeof(r.parameters)
                      WHEN 'array' THEN jsonb_array_length(r.parameters)
                      ELSE (SELECT count(*)::integer FROM jsonb_object_keys(r.parameters)) END AS parameters,
                 r.updated_at AS changed, r.created_at AS created
          FROM public.basic_tools r
          WHERE r.bot_id = b.id AND (r.bot_id, r.name) > ($2::uuid, $3::text)
          ORDER BY r.name
          LIMIT $1) c
      ORDER BY b.id, c.name
      LIMIT $1) t
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS sessions
    FROM (SELECT FROM public.session_tool_associations a WHERE a.tool_id = t.id LIMIT 1001) bounded) s
ORDER BY t.bot_id, t.name
-- where: bot
AND b.id = $4::uuid
-- where: org
AND b.org_id = $4::uuid
