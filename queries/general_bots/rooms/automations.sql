-- purpose: automations of the bots of an organization or of one bot ($5), behind ($2 bot, $3 name, $4 id), with the zone that their bot names
-- privilege: none
-- cost: bots by their keys, of each the index on bot_id; at most $1 rows, of each at most three look-ups by (bot_id, key)
SELECT a.id, b.org_id, (SELECT o.slug FROM public.organizations o WHERE o.org_id = b.org_id) AS organization,
       b.id AS bot_id, left(b.name, 200) AS bot, a.name, a.active, a.schedule,
       coalesce((SELECT left(c.value, 100) FROM public.bot_configuration c
                 WHERE c.bot_id = b.id AND c.key IN ('timezone', 'time-zone', 'tz') ORDER BY c.key LIMIT 1), '') AS zone,
       a.script_bytes, a.changed, a.created
FROM (SELECT b.id, b.org_id, b.name FROM public.bots b WHERE b.id >= $2::uuid /*where*/ ORDER BY b.id) b
CROSS JOIN LATERAL (
    SELECT r.id, r.name, r.active, left(r.schedule, 200) AS schedule, octet_length(r.script) AS script_bytes,
           r.updated_at AS changed, r.created_at AS created
    FROM public.system_automations r
    WHERE r.bot_id = b.id AND (r.bot_id, r.name, r.id) > ($2::uuid, $3::text, $4::uuid)
    ORDER BY r.name, r.id
    LIMIT $1) a
ORDER BY b.id, a.name, a.id
LIMIT $1
-- where: bot
AND b.id = $5::uuid
-- where: org
AND b.org_id = $5::uuid
