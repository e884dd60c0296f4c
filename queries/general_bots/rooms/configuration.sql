-- purpose: configuration of the bots of an organization or of one bot ($4), behind ($2 bot, $3 key); what looks like a secret stays on the server
-- privilege: none
-- cost: bots by their keys, of each the index on (bot_id, key); at most $1 rows
SELECT c.id, b.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = b.org_id) AS organization,
       b.id AS bot_id, left(b.name, 200) AS bot, c.key,
       CASE WHEN c.secret THEN '' ELSE left(c.value, 200) END AS value, octet_length(c.value) AS length_bytes,
       c.secret, c.updated_at AS changed, c.created_at AS created
FROM (SELECT b.id, b.org_id, b.name FROM public.bots b WHERE b.id >= $2::uuid /*where*/ ORDER BY b.id) b
-- A URL may hold a password; what lies behind the first 2,000 characters of a value is not shown in a list.
CROSS JOIN LATERAL (
    SELECT r.id, r.key, r.value, r.updated_at, r.created_at,
           r.key ~* '(token|passw|pwd|secret|key|credential|private)'
               OR left(r.value, 2000) ~ '://[^/@\s]*:[^/@\s]+@|-----BEGIN' AS secret
    FROM public.bot_configuration r
    WHERE r.bot_id = b.id AND (r.bot_id, r.key) > ($2::uuid, $3::text)
    ORDER BY r.key
    LIMIT $1) c
ORDER BY b.id, c.key
LIMIT $1
-- where: bot
AND b.id = $4::uuid
-- where: org
AND b.org_id = $4::uuid
