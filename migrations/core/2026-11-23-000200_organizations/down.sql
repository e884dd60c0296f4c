-- Removes organizations, bots and what belongs to a bot alone, with all their rows.

DROP TABLE public.system_automations;
DROP FUNCTION gb_meta.is_cron(text);
DROP TABLE public.bot_memories;
DROP TABLE public.bot_configuration;
DROP FUNCTION gb_meta.fill_org_id();
DROP TABLE public.bots;
DROP TABLE public.organizations;
