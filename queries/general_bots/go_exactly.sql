-- purpose: what is called exactly $1, where the indexes of parts are not there: slugs, users, ids ($2 to $3, or one of $4), six of each
-- privilege: none
-- cost: look-ups by primary and unique keys
SELECT f.kind, f.id, f.name, f.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       f.about, f.at, f.parent
FROM (
SELECT 'organization' AS kind, o.org_id::text AS id, o.slug AS name, o.org_id, o.name AS about, o.created_at AS at,
       NULL::text AS parent
FROM (SELECT o.org_id FROM public.organizations o WHERE o.org_id BETWEEN $2::uuid AND $3::uuid
      UNION SELECT o.org_id FROM public.organizations o WHERE o.slug = lower($1::text)) x
CROSS JOIN LATERAL (SELECT o.org_id, o.slug, o.name, o.created_at FROM public.organizations o WHERE o.org_id = x.org_id LIMIT 1) o
UNION ALL
SELECT 'bot', b.id::text, b.name, b.org_id, '', b.created_at, NULL
FROM (SELECT o.id FROM public.bots o WHERE o.id BETWEEN $2::uuid AND $3::uuid) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.created_at FROM public.bots o WHERE o.id = x.id LIMIT 1) b
UNION ALL
SELECT 'user', u.id::text, u.username, NULL,
       CASE WHEN $5::boolean THEN u.email ELSE '' END || CASE WHEN u.active THEN '' ELSE ' (inactive)' END, u.created_at, NULL
FROM (SELECT o.id FROM public.users o WHERE o.id BETWEEN $2::uuid AND $3::uuid
      UNION SELECT o.id FROM public.users o WHERE o.username = $1::text
      UNION SELECT o.id FROM public.users o WHERE $5::boolean AND lower(o.email) = lower($1::text)) x
CROSS JOIN LATERAL (SELECT o.id, o.username, o.email, o.active, o.created_at FROM public.users o WHERE o.id = x.id LIMIT 1) u
UNION ALL
SELECT 'session', s.id::text, coalesce((SELECT u.username FROM public.users u WHERE u.id = s.user_id), ''), s.org_id,
       (SELECT b.name FROM public.bots b WHERE b.id = s.bot_id), s.updated_at, NULL
FROM (SELECT o.id, o.user_id, o.bot_id, o.org_id, o.updated_at FROM public.user_sessions o
      WHERE o.id BETWEEN $2::uuid AND $3::uuid LIMIT 6) s
UNION ALL
SELECT 'message', m.id::text, m.sender, m.org_id, (SELECT b.name FROM public.bots b WHERE b.id = m.bot_id), m.created_at, m.session_id::text
FROM (SELECT o.id, o.sender, o.bot_id, o.org_id, o.created_at, o.session_id FROM public.message_history o
      WHERE o.id BETWEEN $2::uuid AND $3::uuid LIMIT 6) m
UNION ALL
SELECT 'collection', c.id, c.name, c.org_id, (SELECT b.name FROM public.bots b WHERE b.id = c.bot_id), c.created_at, c.bot_id::text
FROM (SELECT o.id FROM public.kb_collections o WHERE o.id = ANY($4::text[])) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.created_at FROM public.kb_collections o WHERE o.id = x.id LIMIT 1) c
UNION ALL
SELECT 'document', d.id, d.name, d.org_id,
       (SELECT b.name FROM public.bots b WHERE b.id = d.bot_id) || ', '
       || (SELECT c.name FROM public.kb_collections c WHERE c.id = d.collection_id), d.created_at, d.collection_id
FROM (SELECT o.id FROM public.kb_documents o WHERE o.id = ANY($4::text[])) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.collection_id, o.created_at FROM public.kb_documents o WHERE o.id = x.id LIMIT 1) d
UNION ALL
SELECT 'tool', t.id, t.name, t.org_id, (SELECT b.name FROM public.bots b WHERE b.id = t.bot_id), t.created_at, t.bot_id::text
FROM (SELECT o.id FROM public.basic_tools o WHERE o.id = ANY($4::text[])) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.created_at FROM public.basic_tools o WHERE o.id = x.id LIMIT 1) t
) f
WHERE true /*where*/
-- where: org
AND (f.org_id = $6::uuid
     OR f.kind = 'user' AND (EXISTS (SELECT FROM public.organization_members m WHERE m.org_id = $6::uuid AND m.user_id = CASE f.kind WHEN 'user' THEN f.id::uuid END)
                             OR EXISTS (SELECT FROM (SELECT s.org_id FROM public.user_sessions s
                                              WHERE s.user_id = CASE f.kind WHEN 'user' THEN f.id::uuid END
                                              ORDER BY s.created_at DESC LIMIT 200) s
                                        WHERE s.org_id = $6::uuid)))
