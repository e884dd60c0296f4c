-- purpose: what is called $1 in one organization ($6), six of each kind: by id ($2 to $3, or one of $4), name or a part of it
-- privilege: none
-- cost: a kind: the GIN index of parts and organizations, at most 1000 rows; users: at most 300 so called, and 100 sessions
--
-- A user belongs to an organization whose member it is or with whose bots it has spoken. Whether any does is looked up
-- for the first 300 that are called so; a row of kind "cut" says that there are more of them. $5: whether addresses are
-- looked at.
WITH asked AS MATERIALIZED (
    SELECT CASE WHEN length(lower($1::text)) > 2
               THEN ARRAY(SELECT substr(lower($1::text), n, 3) FROM generate_series(1, length(lower($1::text)) - 2) n)
               ELSE ARRAY['^' || lower($1::text)] END AS parts,
           ARRAY[$6::uuid] AS org
), bot_called AS (
    SELECT x.id FROM (SELECT o.id, lower(o.name) AS name FROM public.bots o
                      WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a) AND ARRAY[o.org_id] @> (SELECT a.org FROM asked a)
                        AND strpos(lower(o.name), lower($1::text)) > 0
                      LIMIT 1000) x
    ORDER BY x.name <> lower($1::text), NOT starts_with(x.name, lower($1::text)), x.name, x.id LIMIT 6
), collection_called AS (
    SELECT x.id FROM (SELECT o.id, lower(o.name) AS name FROM public.kb_collections o
                      WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a) AND ARRAY[o.org_id] @> (SELECT a.org FROM asked a)
                        AND strpos(lower(o.name), lower($1::text)) > 0
                      LIMIT 1000) x
    ORDER BY x.name <> lower($1::text), NOT starts_with(x.name, lower($1::text)), x.name, x.id LIMIT 6
), document_called AS (
    SELECT x.id FROM (SELECT o.id, lower(o.name) AS name FROM public.kb_documents o
                      WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a) AND ARRAY[o.org_id] @> (SELECT a.org FROM asked a)
                        AND strpos(lower(o.name), lower($1::text)) > 0
                      LIMIT 1000) x
    ORDER BY x.name <> lower($1::text), NOT starts_with(x.name, lower($1::text)), x.name, x.id LIMIT 6
), tool_called AS (
    SELECT x.id FROM (SELECT o.id, lower(o.name) AS name FROM public.basic_tools o
                      WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a) AND ARRAY[o.org_id] @> (SELECT a.org FROM asked a)
                        AND strpos(lower(o.name), lower($1::text)) > 0
                      LIMIT 1000) x
    ORDER BY x.name <> lower($1::text), NOT starts_with(x.name, lower($1::text)), x.name, x.id LIMIT 6
), people AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE strpos(lower(x.username), lower($1::text)) > 0) AS usernames,
           count(*) FILTER (WHERE strpos(lower(x.email), lower($1::text)) > 0) AS emails
    FROM (SELECT o.username, o.email FROM public.users o ORDER BY o.id LIMIT 200) x
), user_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.username FROM public.users o
                      WHERE lower(o.username) COLLATE "C" >= lower($1::text)
                      ORDER BY lower(o.username) COLLATE "C" LIMIT 300) x
    WHERE starts_with(lower(x.username), lower($1::text))
), user_part AS MATERIALIZED (
    SELECT o.id FROM public.users o
    WHERE public.name_parts(o.username) @> (SELECT a.parts FROM asked a) AND strpos(lower(o.username), lower($1::text)) > 1
    LIMIT (SELECT CASE WHEN s.usernames < 6 AND length(lower($1::text)) > 2 THEN 300 ELSE 0 END FROM people s)
), address_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.email FROM public.users o
                      WHERE lower(o.email) COLLATE "C" >= lower($1::text) AND $5::boolean
                      ORDER BY lower(o.email) COLLATE "C" LIMIT 300) x
    WHERE starts_with(lower(x.email), lower($1::text))
), address_part AS MATERIALIZED (
    SELECT o.id FROM public.users o
    WHERE public.name_parts(o.email) @> (SELECT a.parts FROM asked a) AND strpos(lower(o.email), lower($1::text)) > 1 AND $5::boolean
    LIMIT (SELECT CASE WHEN s.emails < 6 AND length(lower($1::text)) > 2
                     -- A whole address is unique, and all its parts are common ones.
                     AND NOT EXISTS (SELECT FROM public.users u WHERE $5::boolean AND lower(u.email) = lower($1::text))
                THEN 300 ELSE 0 END FROM people s)
), user_last AS (
    SELECT s.user_id AS id FROM public.user_sessions s WHERE s.org_id = $6::uuid
    ORDER BY s.updated_at DESC, s.id DESC LIMIT 100
), user_called AS (
    SELECT x.id FROM (SELECT id FROM user_begin UNION SELECT id FROM user_part UNION SELECT id FROM address_begin
                      UNION SELECT id FROM address_part UNION SELECT o.id FROM public.users o WHERE o.id BETWEEN $2::uuid AND $3::uuid) x
    -- The limits keep it to the user's own entries: of all sessions of the organization there may be a million.
    CROSS JOIN LATERAL (SELECT FROM public.organization_members m WHERE m.org_id = $6::uuid AND m.user_id = x.id
                        UNION ALL
                        SELECT FROM (SELECT s.org_id FROM public.user_sessions s WHERE s.user_id = x.id
                                     ORDER BY s.created_at DESC LIMIT 200) s WHERE s.org_id = $6::uuid
                        LIMIT 1) belongs
    UNION
    SELECT u.id FROM (SELECT DISTINCT id FROM user_last WHERE length(lower($1::text)) > 2) x
    CROSS JOIN LATERAL (SELECT o.id, o.username, o.email FROM public.users o WHERE o.id = x.id LIMIT 1) u
    WHERE strpos(lower(u.username), lower($1::text)) > 0 OR ($5::boolean AND strpos(lower(u.email), lower($1::text)) > 0)
)
SELECT f.kind, f.id, f.name, f.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       f.about, f.at, f.parent
FROM (
SELECT 'organization' AS kind, o.org_id::text AS id, o.slug AS name, o.org_id, o.name AS about, o.created_at AS at,
       NULL::text AS parent
FROM public.organizations o
WHERE o.org_id = $6::uuid AND (o.org_id BETWEEN $2::uuid AND $3::uuid OR strpos(o.slug, lower($1::text)) > 0
                               OR strpos(lower(o.name), lower($1::text)) > 0)
UNION ALL
SELECT 'bot', b.id::text, b.name, b.org_id, '', b.created_at, NULL
FROM (SELECT o.id FROM public.bots o WHERE o.org_id = $6::uuid AND o.id BETWEEN $2::uuid AND $3::uuid
      UNION SELECT id FROM bot_called) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.created_at FROM public.bots o WHERE o.id = x.id LIMIT 1) b
UNION ALL
(SELECT 'user', u.id::text, u.username, NULL,
        CASE WHEN $5::boolean THEN u.email ELSE '' END || CASE WHEN u.active THEN '' ELSE ' (inactive)' END, u.created_at, NULL
 FROM user_called x
 CROSS JOIN LATERAL (SELECT o.id, o.username, o.email, o.active, o.created_at FROM public.users o WHERE o.id = x.id LIMIT 1) u
 ORDER BY lower(u.username) <> lower($1::text) AND lower(u.email) <> lower($1::text),
          NOT (starts_with(lower(u.username), lower($1::text)) OR starts_with(lower(u.email), lower($1::text))), u.username
 LIMIT 6)
UNION ALL
SELECT 'session', s.id::text, coalesce((SELECT u.username FROM public.users u WHERE u.id = s.user_id), ''), s.org_id,
       (SELECT b.name FROM public.bots b WHERE b.id = s.bot_id), s.updated_at, NULL
FROM (SELECT o.id, o.user_id, o.bot_id, o.org_id, o.updated_at FROM public.user_sessions o
      WHERE o.org_id = $6::uuid AND o.id BETWEEN $2::uuid AND $3::uuid LIMIT 6) s
UNION ALL
SELECT 'message', m.id::text, m.sender, m.org_id, (SELECT b.name FROM public.bots b WHERE b.id = m.bot_id), m.created_at, m.session_id::text
FROM (SELECT o.id, o.sender, o.bot_id, o.org_id, o.created_at, o.session_id FROM public.message_history o
      WHERE o.id BETWEEN $2::uuid AND $3::uuid LIMIT 100) m
WHERE m.org_id = $6::uuid
UNION ALL
SELECT 'collection', c.id, c.name, c.org_id, (SELECT b.name FROM public.bots b WHERE b.id = c.bot_id), c.created_at, c.bot_id::text
FROM (SELECT o.id FROM public.kb_collections o WHERE o.org_id = $6::uuid AND o.id = ANY($4::text[])
      UNION SELECT id FROM collection_called) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.created_at FROM public.kb_collections o WHERE o.id = x.id LIMIT 1) c
UNION ALL
SELECT 'document', d.id, d.name, d.org_id,
       (SELECT b.name FROM public.bots b WHERE b.id = d.bot_id) || ', '
       || (SELECT c.name FROM public.kb_collections c WHERE c.id = d.collection_id), d.created_at, d.collection_id
FROM (SELECT o.id FROM public.kb_documents o WHERE o.org_id = $6::uuid AND o.id = ANY($4::text[])
      UNION SELECT id FROM document_called) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.collection_id, o.created_at FROM public.kb_documents o WHERE o.id = x.id LIMIT 1) d
UNION ALL
SELECT 'tool', t.id, t.name, t.org_id, (SELECT b.name FROM public.bots b WHERE b.id = t.bot_id), t.created_at, t.bot_id::text
FROM (SELECT o.id FROM public.basic_tools o WHERE o.org_id = $6::uuid AND o.id = ANY($4::text[])
      UNION SELECT id FROM tool_called) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.created_at FROM public.basic_tools o WHERE o.id = x.id LIMIT 1) t
UNION ALL
SELECT 'cut', '', '', NULL, '', NULL, NULL
WHERE greatest((SELECT count(*) FROM user_begin), (SELECT count(*) FROM user_part), (SELECT count(*) FROM address_begin),
               (SELECT count(*) FROM address_part)) >= 300
) f
