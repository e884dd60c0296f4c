-- purpose: write the names of all tools of bot $1, sorted, a comma between, into its configuration key "tools"
-- privilege: none
-- cost: the tools of one bot, one row written
INSERT INTO public.bot_configuration (bot_id, key, value, org_id)
SELECT b.id, 'tools', coalesce(
        (SELECT string_agg(t.name, ',' ORDER BY t.name) FROM public.basic_tools t WHERE t.bot_id = b.id), ''),
    b.org_id
FROM public.bots b
WHERE b.id = $1::uuid
ON CONFLICT (bot_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
