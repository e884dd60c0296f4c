-- purpose: what is called $1, six of each kind: by id ($2 to $3, or one of $4), by its name, the beginning or a part of it
-- privilege: none
-- cost: a kind: six entries of a btree; if few of them fit, 200 rows by primary key; if few of these do, a GIN index of parts
--
-- A part that many names have is met with among the first 200 by id, which is a sample; the GIN index is asked only for
-- what is rare there, because it would read all its entries of a common part. $5: whether addresses are looked at.
WITH asked AS MATERIALIZED (
    SELECT ARRAY(SELECT substr(lower($1::text), n, 3) FROM generate_series(1, length(lower($1::text)) - 2) n) AS parts,
           CASE WHEN length(lower($1::text)) > 2 THEN 6 ELSE 0 END AS most,
           ARRAY(SELECT '^' || "left"(lower($1::text), 3)) AS beginning
), org AS (
    SELECT o.org_id FROM public.organizations o WHERE o.org_id BETWEEN $2::uuid AND $3::uuid
    UNION
    (SELECT o.org_id FROM public.organizations o
     WHERE public.name_parts(o.slug) @> (SELECT a.beginning FROM asked a) AND starts_with(o.slug, lower($1::text))
     ORDER BY o.slug LIMIT 6)
    UNION
    (SELECT o.org_id FROM public.organizations o
     WHERE public.name_parts(o.name) @> (SELECT a.beginning FROM asked a) AND starts_with(lower(o.name), lower($1::text))
     ORDER BY lower(o.name) LIMIT 6)
    UNION
    (SELECT o.org_id FROM public.organizations o
     WHERE public.name_parts(o.slug) @> (SELECT a.parts FROM asked a) AND strpos(o.slug, lower($1::text)) > 1
     LIMIT (SELECT a.most FROM asked a))
    UNION
    (SELECT o.org_id FROM public.organizations o
     WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a) AND strpos(lower(o.name), lower($1::text)) > 1
     LIMIT (SELECT a.most FROM asked a))
), bot_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.bots o
                    WHERE lower(o.name) COLLATE "C" >= lower($1::text)
                    ORDER BY lower(o.name) COLLATE "C" LIMIT 6) x
    WHERE starts_with(lower(x.name), lower($1::text))
), bot_some AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.bots o ORDER BY o.id LIMIT 200) x
    WHERE strpos(lower(x.name), lower($1::text)) > 1
    LIMIT (SELECT a.most - least(a.most, (SELECT count(*) FROM bot_begin)) FROM asked a)
), bot_part AS (
    SELECT o.id FROM public.bots o
    WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a)
      AND strpos(lower(o.name), lower($1::text)) > 1
    LIMIT (SELECT CASE WHEN (SELECT count(*) FROM bot_begin) + (SELECT count(*) FROM bot_some) < a.most THEN a.most ELSE 0 END
           FROM asked a)
), collection_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.kb_collections o
                    WHERE lower(o.name) COLLATE "C" >= lower($1::text)
                    ORDER BY lower(o.name) COLLATE "C" LIMIT 6) x
    WHERE starts_with(lower(x.name), lower($1::text))
), collection_some AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.kb_collections o ORDER BY o.id LIMIT 200) x
    WHERE strpos(lower(x.name), lower($1::text)) > 1
    LIMIT (SELECT a.most - least(a.most, (SELECT count(*) FROM collection_begin)) FROM asked a)
), collection_part AS (
    SELECT o.id FROM public.kb_collections o
    WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a)
      AND strpos(lower(o.name), lower($1::text)) > 1
    LIMIT (SELECT CASE WHEN (SELECT count(*) FROM collection_begin) + (SELECT count(*) FROM collection_some) < a.most THEN a.most ELSE 0 END
           FROM asked a)
), document_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.kb_documents o
                    WHERE lower(o.name) COLLATE "C" >= lower($1::text)
                    ORDER BY lower(o.name) COLLATE "C" LIMIT 6) x
    WHERE starts_with(lower(x.name), lower($1::text))
), document_some AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.kb_documents o ORDER BY o.id LIMIT 200) x
    WHERE strpos(lower(x.name), lower($1::text)) > 1
    LIMIT (SELECT a.most - least(a.most, (SELECT count(*) FROM document_begin)) FROM asked a)
), document_part AS (
    SELECT o.id FROM public.kb_documents o
    WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a)
      AND strpos(lower(o.name), lower($1::text)) > 1
    LIMIT (SELECT CASE WHEN (SELECT count(*) FROM document_begin) + (SELECT count(*) FROM document_some) < a.most THEN a.most ELSE 0 END
           FROM asked a)
), tool_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.basic_tools o
                    WHERE lower(o.name) COLLATE "C" >= lower($1::text)
                    ORDER BY lower(o.name) COLLATE "C" LIMIT 6) x
    WHERE starts_with(lower(x.name), lower($1::text))
), tool_some AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.name FROM public.basic_tools o ORDER BY o.id LIMIT 200) x
    WHERE strpos(lower(x.name), lower($1::text)) > 1
    LIMIT (SELECT a.most - least(a.most, (SELECT count(*) FROM tool_begin)) FROM asked a)
), tool_part AS (
    SELECT o.id FROM public.basic_tools o
    WHERE public.name_parts(o.name) @> (SELECT a.parts FROM asked a)
      AND strpos(lower(o.name), lower($1::text)) > 1
    LIMIT (SELECT CASE WHEN (SELECT count(*) FROM tool_begin) + (SELECT count(*) FROM tool_some) < a.most THEN a.most ELSE 0 END
           FROM asked a)
), people AS MATERIALIZED (
    SELECT o.id, o.username, o.email FROM public.users o ORDER BY o.id LIMIT 200
), user_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.username FROM public.users o
                    WHERE lower(o.username) COLLATE "C" >= lower($1::text)
                    ORDER BY lower(o.username) COLLATE "C" LIMIT 6) x
    WHERE starts_with(lower(x.username), lower($1::text))
), user_some AS MATERIALIZED (
    SELECT x.id FROM people x
    WHERE strpos(lower(x.username), lower($1::text)) > 1
    LIMIT (SELECT a.most - least(a.most, (SELECT count(*) FROM user_begin)) FROM asked a)
), user_part AS (
    SELECT o.id FROM public.users o
    WHERE public.name_parts(o.username) @> (SELECT a.parts FROM asked a)
      AND strpos(lower(o.username), lower($1::text)) > 1
    LIMIT (SELECT CASE WHEN (SELECT count(*) FROM user_begin) + (SELECT count(*) FROM user_some) < a.most THEN a.most ELSE 0 END
           FROM asked a)
), one_address AS MATERIALIZED (
    -- A whole address is unique: no other one has it for a part, and all its parts are common ones.
    SELECT EXISTS (SELECT FROM public.users o WHERE $5::boolean AND lower(o.email) = lower($1::text)) AS found
), address_begin AS MATERIALIZED (
    SELECT x.id FROM (SELECT o.id, o.email FROM public.users o
                    WHERE lower(o.email) COLLATE "C" >= lower($1::text) AND $5::boolean
                    ORDER BY lower(o.email) COLLATE "C" LIMIT 6) x
    WHERE starts_with(lower(x.email), lower($1::text))
), address_some AS MATERIALIZED (
    SELECT x.id FROM people x
    WHERE strpos(lower(x.email), lower($1::text)) > 1 AND $5::boolean
    LIMIT (SELECT CASE WHEN one.found THEN 0 ELSE a.most - least(a.most, (SELECT count(*) FROM address_begin)) END
           FROM asked a, one_address one)
), address_part AS (
    SELECT o.id FROM public.users o
    WHERE public.name_parts(o.email) @> (SELECT a.parts FROM asked a)
      AND strpos(lower(o.email), lower($1::text)) > 1 AND $5::boolean
    LIMIT (SELECT CASE WHEN NOT one.found AND (SELECT count(*) FROM address_begin) + (SELECT count(*) FROM address_some) < a.most THEN a.most ELSE 0 END
           FROM asked a, one_address one)
)
SELECT f.kind, f.id, f.name, f.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       f.about, f.at, f.parent
FROM (
SELECT 'organization' AS kind, o.org_id::text AS id, o.slug AS name, o.org_id, o.name AS about, o.created_at AS at,
       NULL::text AS parent
FROM org x
CROSS JOIN LATERAL (SELECT o.org_id, o.slug, o.name, o.created_at FROM public.organizations o WHERE o.org_id = x.org_id LIMIT 1) o
UNION ALL
SELECT 'bot', b.id::text, b.name, b.org_id, '', b.created_at, NULL
FROM (SELECT o.id FROM public.bots o WHERE o.id BETWEEN $2::uuid AND $3::uuid
      UNION SELECT id FROM bot_begin UNION SELECT id FROM bot_some UNION SELECT id FROM bot_part) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.created_at FROM public.bots o WHERE o.id = x.id LIMIT 1) b
UNION ALL
SELECT 'user', u.id::text, u.username, NULL,
       CASE WHEN $5::boolean THEN u.email ELSE '' END || CASE WHEN u.active THEN '' ELSE ' (inactive)' END, u.created_at, NULL
FROM (SELECT o.id FROM public.users o WHERE o.id BETWEEN $2::uuid AND $3::uuid
      UNION SELECT id FROM user_begin UNION SELECT id FROM user_some UNION SELECT id FROM user_part
      UNION SELECT id FROM address_begin UNION SELECT id FROM address_some UNION SELECT id FROM address_part) x
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
FROM (SELECT o.id FROM public.kb_collections o WHERE o.id = ANY($4::text[])
      UNION SELECT id FROM collection_begin UNION SELECT id FROM collection_some UNION SELECT id FROM collection_part) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.created_at FROM public.kb_collections o WHERE o.id = x.id LIMIT 1) c
UNION ALL
SELECT 'document', d.id, d.name, d.org_id,
       (SELECT b.name FROM public.bots b WHERE b.id = d.bot_id) || ', '
       || (SELECT c.name FROM public.kb_collections c WHERE c.id = d.collection_id), d.created_at, d.collection_id
FROM (SELECT o.id FROM public.kb_documents o WHERE o.id = ANY($4::text[])
      UNION SELECT id FROM document_begin UNION SELECT id FROM document_some UNION SELECT id FROM document_part) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.collection_id, o.created_at FROM public.kb_documents o WHERE o.id = x.id LIMIT 1) d
UNION ALL
SELECT 'tool', t.id, t.name, t.org_id, (SELECT b.name FROM public.bots b WHERE b.id = t.bot_id), t.created_at, t.bot_id::text
FROM (SELECT o.id FROM public.basic_tools o WHERE o.id = ANY($4::text[])
      UNION SELECT id FROM tool_begin UNION SELECT id FROM tool_some UNION SELECT id FROM tool_part) x
CROSS JOIN LATERAL (SELECT o.id, o.name, o.org_id, o.bot_id, o.created_at FROM public.basic_tools o WHERE o.id = x.id LIMIT 1) t
) f
