-- purpose: the schedules by which active automations run, each with the zone that its bot names: how many, and one of them
-- privilege: none
-- cost: all automations, of each bot one look-up of its zone; read every ten minutes
SELECT
    left(a.schedule, 200) AS schedule,
    coalesce(z.zone, '') AS zone,
    count(*) AS automations,
    count(DISTINCT a.org_id) AS organizations,
    (array_agg(a.org_id ORDER BY a.id))[1] AS org_id,
    (array_agg(left(a.name, 100) || ' of ' || left(b.name, 100) ORDER BY a.id))[1] AS example,
    now() AS now
FROM public.system_automations a
JOIN public.bots b ON b.id = a.bot_id AND b.org_id = a.org_id
LEFT JOIN LATERAL (
    SELECT left(c.value, 100) AS zone FROM public.bot_configuration c
    WHERE c.bot_id = b.id AND c.key IN ('timezone', 'time-zone', 'tz')
    ORDER BY c.key LIMIT 1
) z ON true
WHERE a.active /*where*/
GROUP BY 1, 2
ORDER BY count(*) DESC, 1, 2
LIMIT 2000
-- where: org
AND a.org_id = $1::uuid
