-- Sessions, the messages said in them, and clicks.
--
-- Where the platform's documents leave a choice, or contradict each other:
-- * Deleting a user leaves its sessions and messages, anonymous: user_id is nullable, ON DELETE SET NULL in both
--   tables (the documents say so for sessions and give no rule for messages). Their delete order (messages, sessions,
--   users) is for purges by hand.
-- * Deleting a session deletes its messages. An expired session is therefore never deleted for being expired: it is
--   revoked, and goes when its messages are past retention.
-- * message_history is partitioned by UTC month from the start, three months ahead. Its primary key must contain the
--   partition key: (id, created_at). The key by organization is (org_id, created_at, id): the same columns as
--   (org_id, id, created_at), in the order that also lists a tenant's newest messages.
-- * "(user_id, created_at)" in the documents names no table; it is message_history, for a user's history.
-- * tx is the live tail's cursor: the transaction that wrote the row. Its index leaves out tx 3, which marks rows
--   loaded as history. Writers never name it.
-- * Indexes for a foreign key (org_id, x) begin with x and end with org_id. Without org_id the planner, who cannot
--   know that x implies it, joins two bitmaps and reads the tenant's whole index for every deleted session or bot:
--   deleting a tenant of 190,000 messages took 66 s, and one of 270,000 with these indexes 6 s.
-- * session_token holds sha256:<hex> of a random 256-bit value, which is shown once.

CREATE TABLE public.user_sessions (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid REFERENCES public.users (id) ON DELETE SET NULL,
    bot_id        uuid NOT NULL,
    session_token text NOT NULL UNIQUE CHECK (length(session_token) BETWEEN 16 AND 512),
    expires_at    timestamptz NOT NULL DEFAULT now() + interval '1 day',
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    org_id        uuid NOT NULL,
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE INDEX user_sessions_bot_id_user_id_org_id_idx ON public.user_sessions (bot_id, user_id, org_id);
-- From a user's session to the one before and after.
CREATE INDEX user_sessions_user_id_created_at_id_idx ON public.user_sessions (user_id, created_at, id);
CREATE INDEX user_sessions_expires_at_idx ON public.user_sessions (expires_at);
-- Lists of the latest sessions, of everybody and of one tenant, page by these.
CREATE INDEX user_sessions_updated_at_id_idx ON public.user_sessions (updated_at DESC, id DESC);
CREATE INDEX user_sessions_org_id_updated_at_id_idx ON public.user_sessions (org_id, updated_at DESC, id DESC);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.user_sessions
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot');
COMMENT ON TABLE public.user_sessions IS 'Conversations of a user with a bot';
COMMENT ON COLUMN public.user_sessions.id IS 'Primary key';
COMMENT ON COLUMN public.user_sessions.user_id IS 'User; null: anonymous, or the user was deleted';
COMMENT ON COLUMN public.user_sessions.bot_id IS 'Bot';
COMMENT ON COLUMN public.user_sessions.session_token IS 'What the client proves its session with, as sha256:<hex>; unique';
COMMENT ON COLUMN public.user_sessions.expires_at IS 'When the token stops being valid';
COMMENT ON COLUMN public.user_sessions.created_at IS 'When the session began';
COMMENT ON COLUMN public.user_sessions.updated_at IS 'Last activity';
COMMENT ON COLUMN public.user_sessions.org_id IS 'Organization of the bot; filled when left out';

CREATE TABLE public.message_history (
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL,
    user_id    uuid REFERENCES public.users (id) ON DELETE SET NULL,
    bot_id     uuid NOT NULL,
    message    text NOT NULL CHECK (octet_length(message) <= 1048576),
    sender     text NOT NULL CHECK (sender IN ('user', 'bot')),
    created_at timestamptz NOT NULL DEFAULT now(),
    org_id     uuid NOT NULL,
    tx         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (id, created_at),
    UNIQUE (org_id, created_at, id),
    FOREIGN KEY (org_id, session_id) REFERENCES public.user_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
) PARTITION BY RANGE (created_at);
CREATE INDEX message_history_session_id_created_at_id_org_id_idx
    ON public.message_history (session_id, created_at DESC, id DESC, org_id);
CREATE INDEX message_history_bot_id_created_at_org_id_idx ON public.message_history (bot_id, created_at, org_id);
CREATE INDEX message_history_user_id_created_at_idx ON public.message_history (user_id, created_at);
CREATE INDEX message_history_created_at_id_idx ON public.message_history (created_at DESC, id DESC);
CREATE INDEX message_history_tx_idx ON public.message_history (tx) WHERE tx > '3';
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.message_history
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot', 'session');
COMMENT ON TABLE public.message_history IS 'Everything users and bots said, partitioned by UTC month of created_at';
COMMENT ON COLUMN public.message_history.id IS 'Primary key, with created_at';
COMMENT ON COLUMN public.message_history.session_id IS 'Session it was said in';
COMMENT ON COLUMN public.message_history.user_id IS 'User of the session; null: anonymous, or the user was deleted';
COMMENT ON COLUMN public.message_history.bot_id IS 'Bot of the session';
COMMENT ON COLUMN public.message_history.message IS 'What was said, at most 1 MiB';
COMMENT ON COLUMN public.message_history.sender IS 'user or bot';
COMMENT ON COLUMN public.message_history.created_at IS 'When it was said; decides the partition';
COMMENT ON COLUMN public.message_history.org_id IS 'Organization of the bot; filled when left out';
COMMENT ON COLUMN public.message_history.tx IS 'Transaction that wrote it: the live tail''s cursor; never name it in an INSERT';

SELECT gb_meta.ensure_partition('public.message_history',
    (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date)
FROM generate_series(0, 3) n;

CREATE TABLE public.clicks (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id  uuid NOT NULL,
    element_id  text NOT NULL CHECK (length(element_id) BETWEEN 1 AND 1000),
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    org_id      uuid NOT NULL,
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, session_id) REFERENCES public.user_sessions (org_id, id) ON DELETE CASCADE
);
CREATE INDEX clicks_session_id_timestamp_org_id_idx ON public.clicks (session_id, "timestamp", org_id);
CREATE INDEX clicks_timestamp_idx ON public.clicks ("timestamp");
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.clicks
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('session');
COMMENT ON TABLE public.clicks IS 'What users touched in the chat window';
COMMENT ON COLUMN public.clicks.id IS 'Primary key';
COMMENT ON COLUMN public.clicks.session_id IS 'Session it happened in';
COMMENT ON COLUMN public.clicks.element_id IS 'Element of the page';
COMMENT ON COLUMN public.clicks."timestamp" IS 'When';
COMMENT ON COLUMN public.clicks.org_id IS 'Organization of the session; filled when left out';
