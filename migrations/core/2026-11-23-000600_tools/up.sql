-- Tools: BASIC scripts that a bot can call, and which sessions have them loaded.
--
-- Where the platform's documents leave a choice, or contradict each other:
-- * Keys are TEXT, as the table list says; "id = tool name" would let one bot take a name from all others, so ids
--   default to a random UUID as text, callers may give their own, and names are unique in a bot.
-- * session_tool_associations stands under knowledge in one document and under tools in another; nothing follows.
-- * Deleting a tool takes it out of the sessions that had it loaded.

CREATE TABLE public.basic_tools (
    id          text PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (length(id) BETWEEN 1 AND 255),
    bot_id      uuid NOT NULL,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    parameters  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) IN ('object', 'array')),
    script      text NOT NULL CHECK (octet_length(script) <= 1048576),
    metadata    jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    org_id      uuid NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (bot_id, name),
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.basic_tools
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot');
COMMENT ON TABLE public.basic_tools IS 'BASIC scripts that a bot can call';
COMMENT ON COLUMN public.basic_tools.id IS 'Primary key, text';
COMMENT ON COLUMN public.basic_tools.bot_id IS 'Bot that owns it';
COMMENT ON COLUMN public.basic_tools.name IS 'Name shown to people, unique in its bot';
COMMENT ON COLUMN public.basic_tools.description IS 'What it does';
COMMENT ON COLUMN public.basic_tools.parameters IS 'Parameters, a JSON object or array';
COMMENT ON COLUMN public.basic_tools.script IS 'BASIC script';
COMMENT ON COLUMN public.basic_tools.metadata IS 'More about it, a JSON object; "default": false keeps it out of new sessions';
COMMENT ON COLUMN public.basic_tools.created_at IS 'When it was registered';
COMMENT ON COLUMN public.basic_tools.updated_at IS 'When it was last changed';
COMMENT ON COLUMN public.basic_tools.org_id IS 'Organization of the bot; filled when left out';

CREATE TABLE public.session_tool_associations (
    id         text PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (length(id) BETWEEN 1 AND 255),
    session_id uuid NOT NULL,
    tool_id    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    org_id     uuid NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (session_id, tool_id),
    FOREIGN KEY (org_id, session_id) REFERENCES public.user_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, tool_id) REFERENCES public.basic_tools (org_id, id) ON DELETE CASCADE
);
CREATE INDEX session_tool_associations_tool_id_org_id_idx ON public.session_tool_associations (tool_id, org_id);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.session_tool_associations
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('session', 'tool');
COMMENT ON TABLE public.session_tool_associations IS 'Which tools a session has loaded';
COMMENT ON COLUMN public.session_tool_associations.id IS 'Primary key, text';
COMMENT ON COLUMN public.session_tool_associations.session_id IS 'Session';
COMMENT ON COLUMN public.session_tool_associations.tool_id IS 'Tool, once a session';
COMMENT ON COLUMN public.session_tool_associations.created_at IS 'When it was loaded';
COMMENT ON COLUMN public.session_tool_associations.org_id IS 'Organization of the session; filled when left out';
