-- Organizations, their bots, and what belongs to a bot alone: configuration, memories, automations.
--
-- Where the platform's documents leave a choice, or contradict each other:
-- * Deleting an organization removes its bots and all their data: every foreign key down from here cascades.
-- * Every table of a tenant carries org_id, is unique on (org_id, id) and points to others by (org_id, x), so that no
--   row can point into another tenant. The documents name org_id on bots only: an INSERT that leaves it out gets it
--   from gb_meta.fill_org_id(); one that gives it pays nothing (the trigger's WHEN is false).
-- * bot_configuration and bot_memories are unique on (bot_id, key), where the documents say "index": setting a value
--   twice must replace it.
-- * Types are TEXT with a length check, where the overview says varchar and the table list says TEXT.
-- * organizations.updated_at is not in the table list, but the overview asks for both times everywhere; elsewhere no
--   column is added for that reason alone.
-- * An automation's schedule is a cron text of five fields, or one of cron's @words: gb_meta.is_cron().

CREATE TABLE public.organizations (
    org_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 63),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.organizations IS 'Tenants: each owns bots and all that hangs on them';
COMMENT ON COLUMN public.organizations.org_id IS 'Primary key';
COMMENT ON COLUMN public.organizations.name IS 'Name of the organization';
COMMENT ON COLUMN public.organizations.slug IS 'Its name in URLs: lower-case letters, digits and single hyphens; unique';
COMMENT ON COLUMN public.organizations.created_at IS 'When it was created';
COMMENT ON COLUMN public.organizations.updated_at IS 'When it was last changed';

CREATE TABLE public.bots (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    org_id     uuid NOT NULL REFERENCES public.organizations (org_id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (org_id, id)
);
COMMENT ON TABLE public.bots IS 'Bots of an organization';
COMMENT ON COLUMN public.bots.id IS 'Primary key';
COMMENT ON COLUMN public.bots.name IS 'Name of the bot';
COMMENT ON COLUMN public.bots.org_id IS 'Organization that owns it';
COMMENT ON COLUMN public.bots.created_at IS 'When it was created';
COMMENT ON COLUMN public.bots.updated_at IS 'When it was last changed';

CREATE FUNCTION gb_meta.fill_org_id() RETURNS trigger
LANGUAGE plpgsql
AS $$
-- The trigger's arguments name where to look, in order: bot, session, collection, tool, document.
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY TG_ARGV LOOP
        CASE source
            WHEN 'bot' THEN
                SELECT o.org_id INTO NEW.org_id FROM public.bots o WHERE o.id = NEW.bot_id;
            WHEN 'session' THEN
                SELECT o.org_id INTO NEW.org_id FROM public.user_sessions o WHERE o.id = NEW.session_id;
            WHEN 'collection' THEN
                SELECT o.org_id INTO NEW.org_id FROM public.kb_collections o WHERE o.id = NEW.collection_id;
            WHEN 'tool' THEN
                SELECT o.org_id INTO NEW.org_id FROM public.basic_tools o WHERE o.id = NEW.tool_id;
            WHEN 'document' THEN
                SELECT o.org_id INTO NEW.org_id FROM public.kb_documents o WHERE o.id = NEW.document_id;
        END CASE;
        IF NEW.org_id IS NOT NULL THEN
            RETURN NEW;
        END IF;
    END LOOP;
    -- A row whose owner does not exist breaks the foreign key; say so, rather than "org_id is null".
    RAISE EXCEPTION 'no organization for this row of %: its % does not exist', TG_TABLE_NAME,
        array_to_string(TG_ARGV, ' or ') USING ERRCODE = 'foreign_key_violation';
END
$$;
COMMENT ON FUNCTION gb_meta.fill_org_id() IS
    'Trigger: fills org_id from the row''s bot, session, collection, tool or document when an INSERT left it out';

CREATE TABLE public.bot_configuration (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    bot_id     uuid NOT NULL,
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    value      text NOT NULL CHECK (octet_length(value) <= 1048576),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    org_id     uuid NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (bot_id, key),
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.bot_configuration
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot');
COMMENT ON TABLE public.bot_configuration IS 'Settings of a bot, as its config.csv gives them';
COMMENT ON COLUMN public.bot_configuration.id IS 'Primary key';
COMMENT ON COLUMN public.bot_configuration.bot_id IS 'Bot that the setting belongs to';
COMMENT ON COLUMN public.bot_configuration.key IS 'Name of the setting, unique in its bot';
COMMENT ON COLUMN public.bot_configuration.value IS 'Value of the setting';
COMMENT ON COLUMN public.bot_configuration.created_at IS 'When it was first set';
COMMENT ON COLUMN public.bot_configuration.updated_at IS 'When it was last set';
COMMENT ON COLUMN public.bot_configuration.org_id IS 'Organization of the bot; filled when left out';

CREATE TABLE public.bot_memories (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    bot_id     uuid NOT NULL,
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    value      text NOT NULL CHECK (octet_length(value) <= 1048576),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    org_id     uuid NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (bot_id, key),
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.bot_memories
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot');
COMMENT ON TABLE public.bot_memories IS 'What a bot remembers across conversations: GET BOT MEMORY and SET BOT MEMORY';
COMMENT ON COLUMN public.bot_memories.id IS 'Primary key';
COMMENT ON COLUMN public.bot_memories.bot_id IS 'Bot that remembers';
COMMENT ON COLUMN public.bot_memories.key IS 'Name of the memory, unique in its bot';
COMMENT ON COLUMN public.bot_memories.value IS 'What is remembered';
COMMENT ON COLUMN public.bot_memories.created_at IS 'When it was first set';
COMMENT ON COLUMN public.bot_memories.updated_at IS 'When it was last set';
COMMENT ON COLUMN public.bot_memories.org_id IS 'Organization of the bot; filled when left out';

CREATE FUNCTION gb_meta.is_cron(schedule text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    -- Each field is a list of values, ranges or *, each with an optional step.
    SELECT schedule ~* '^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$'
        OR cardinality(fields) = 5 AND NOT EXISTS (
            SELECT
            FROM unnest(fields, ARRAY[
                '([0-5]?\d)',
                '([01]?\d|2[0-3])',
                '(0?[1-9]|[12]\d|3[01])',
                '(0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)',
                '([0-7]|sun|mon|tue|wed|thu|fri|sat)'
            ]) AS field (written, value)
            WHERE field.written !~* replace('^((\*|V(-V)?)(/[1-9]\d?)?(,(?!$)|$))+$', 'V', field.value)
        )
    FROM regexp_split_to_array(schedule, '[ \t]+') AS fields
$$;
COMMENT ON FUNCTION gb_meta.is_cron(text) IS 'Whether a text is a cron schedule: five fields, or an @word such as @daily';

CREATE TABLE public.system_automations (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    bot_id     uuid NOT NULL,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    schedule   text NOT NULL CONSTRAINT system_automations_schedule_is_cron CHECK (gb_meta.is_cron(schedule)),
    script     text NOT NULL CHECK (octet_length(script) <= 1048576),
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    org_id     uuid NOT NULL,
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE INDEX system_automations_bot_id_idx ON public.system_automations (bot_id);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.system_automations
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot');
COMMENT ON TABLE public.system_automations IS 'Scripts that a bot runs on a schedule';
COMMENT ON COLUMN public.system_automations.id IS 'Primary key';
COMMENT ON COLUMN public.system_automations.bot_id IS 'Bot that runs it';
COMMENT ON COLUMN public.system_automations.name IS 'Name of the automation';
COMMENT ON COLUMN public.system_automations.schedule IS 'Cron text: when it runs';
COMMENT ON COLUMN public.system_automations.script IS 'BASIC script to run';
COMMENT ON COLUMN public.system_automations.active IS 'Whether it runs at all';
COMMENT ON COLUMN public.system_automations.created_at IS 'When it was created';
COMMENT ON COLUMN public.system_automations.updated_at IS 'When it was last changed';
COMMENT ON COLUMN public.system_automations.org_id IS 'Organization of the bot; filled when left out';
