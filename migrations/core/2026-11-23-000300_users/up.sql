-- Users, their logins and preferences, and which organizations they belong to.
--
-- Where the platform's documents leave a choice, or contradict each other:
-- * Users belong to no organization in the documents, yet isolation by organization needs to know: that is
--   organization_members, the one table here that carries org_id.
-- * Login tokens and preferences die with their user (the documents give no rule; credentials must not outlive it).
-- * One preferences row a user: user_id is unique.
-- * E-mail is unique without regard to case; the documents ask for unique user names only, but a login by address
--   needs one user.
-- * Tokens are stored as sha256:<hex> of a random 256-bit value, which is shown once.

CREATE TABLE public.users (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username      text NOT NULL UNIQUE CHECK (length(username) BETWEEN 1 AND 200),
    email         text NOT NULL CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 320),
    password_hash text NOT NULL CHECK (password_hash ~ '^\$argon2(id|i|d)\$'),
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_lower_email_key ON public.users (lower(email));
COMMENT ON TABLE public.users IS 'People who talk to bots or work for organizations';
COMMENT ON COLUMN public.users.id IS 'Primary key';
COMMENT ON COLUMN public.users.username IS 'Name to log in with, unique';
COMMENT ON COLUMN public.users.email IS 'E-mail address, unique without regard to case';
COMMENT ON COLUMN public.users.password_hash IS 'Argon2 hash in PHC form';
COMMENT ON COLUMN public.users.active IS 'Whether the account may be used';
COMMENT ON COLUMN public.users.created_at IS 'When the user registered';
COMMENT ON COLUMN public.users.updated_at IS 'When the account was last changed';

CREATE TABLE public.organization_members (
    org_id     uuid NOT NULL REFERENCES public.organizations (org_id) ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    role       text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'operator', 'member')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX organization_members_user_id_idx ON public.organization_members (user_id);
COMMENT ON TABLE public.organization_members IS 'Which users belong to which organizations, and as what';
COMMENT ON COLUMN public.organization_members.org_id IS 'Organization';
COMMENT ON COLUMN public.organization_members.user_id IS 'User';
COMMENT ON COLUMN public.organization_members.role IS 'owner, admin, operator or member';
COMMENT ON COLUMN public.organization_members.created_at IS 'When the user joined';

CREATE TABLE public.user_login_tokens (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id    uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    token      text NOT NULL UNIQUE CHECK (length(token) BETWEEN 16 AND 512),
    expires_at timestamptz NOT NULL,
    used       boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_login_tokens_user_id_idx ON public.user_login_tokens (user_id);
CREATE INDEX user_login_tokens_expires_at_idx ON public.user_login_tokens (expires_at);
COMMENT ON TABLE public.user_login_tokens IS 'One-time tokens of login flows; expired ones are purged by hand or policy';
COMMENT ON COLUMN public.user_login_tokens.id IS 'Primary key';
COMMENT ON COLUMN public.user_login_tokens.user_id IS 'User who may log in with it';
COMMENT ON COLUMN public.user_login_tokens.token IS 'The token as sha256:<hex>, unique';
COMMENT ON COLUMN public.user_login_tokens.expires_at IS 'When it stops being valid';
COMMENT ON COLUMN public.user_login_tokens.used IS 'Whether it has been used';
COMMENT ON COLUMN public.user_login_tokens.created_at IS 'When it was made';

CREATE TABLE public.user_preferences (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid NOT NULL UNIQUE REFERENCES public.users (id) ON DELETE CASCADE,
    preferences jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(preferences) = 'object'),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.user_preferences IS 'What a user has chosen: one row a user';
COMMENT ON COLUMN public.user_preferences.id IS 'Primary key';
COMMENT ON COLUMN public.user_preferences.user_id IS 'User, unique';
COMMENT ON COLUMN public.user_preferences.preferences IS 'Choices, a JSON object';
COMMENT ON COLUMN public.user_preferences.created_at IS 'When they were first saved';
COMMENT ON COLUMN public.user_preferences.updated_at IS 'When they were last saved';
