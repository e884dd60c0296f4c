-- How long what is kept, per organization and kind; what must not go; what is to go after a time of grace.
--
-- Policy is rows, never code: a row without an organization is the default, one with it overrides that, keep_days null
-- is for ever. A legal hold stops everything of its organization, also by its foreign key: nobody can delete an
-- organization that is held. Nothing here deletes anything; `gbtui retention` does.
--
-- Where the platform's documents leave a choice: they ask for configurable retention and name no figures. So nothing
-- goes by default but login tokens 30 days after they expired, which prove nothing any more, and audit records after
-- the 365 days that the documents of the builder name.
--
-- Locks: SHARE ROW EXCLUSIVE on organizations for a moment.

CREATE TABLE gb_meta.retention_policies (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     uuid REFERENCES public.organizations (org_id) ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('messages', 'sessions', 'tokens', 'clicks', 'audit', 'drafts')),
    keep_days  integer CHECK (keep_days BETWEEN 1 AND 36500),
    actor      text NOT NULL DEFAULT session_user,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (org_id, kind)
);
COMMENT ON TABLE gb_meta.retention_policies IS 'How long rows are kept: a default for each kind, and what an organization has instead';
COMMENT ON COLUMN gb_meta.retention_policies.id IS 'Primary key';
COMMENT ON COLUMN gb_meta.retention_policies.org_id IS 'Organization that this overrides the default for; null: the default';
COMMENT ON COLUMN gb_meta.retention_policies.kind IS 'messages, sessions, tokens, clicks, audit or drafts';
COMMENT ON COLUMN gb_meta.retention_policies.keep_days IS 'Days; null: for ever';
COMMENT ON COLUMN gb_meta.retention_policies.actor IS 'Database login that set it';
COMMENT ON COLUMN gb_meta.retention_policies.updated_at IS 'When it was set';

CREATE TABLE gb_meta.legal_holds (
    org_id    uuid PRIMARY KEY REFERENCES public.organizations (org_id) ON DELETE RESTRICT,
    reason    text NOT NULL CHECK (length(reason) BETWEEN 1 AND 4000),
    actor     text NOT NULL DEFAULT session_user,
    placed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE gb_meta.legal_holds IS 'Organizations of which nothing may go: retention passes them by, and they cannot be deleted';
COMMENT ON COLUMN gb_meta.legal_holds.org_id IS 'Organization';
COMMENT ON COLUMN gb_meta.legal_holds.reason IS 'Why';
COMMENT ON COLUMN gb_meta.legal_holds.actor IS 'Database login that placed it';
COMMENT ON COLUMN gb_meta.legal_holds.placed_at IS 'Since when';

CREATE TABLE gb_meta.soft_deletions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       uuid UNIQUE,
    user_id      uuid UNIQUE,
    purge_after  timestamptz NOT NULL,
    reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 4000),
    was_active   uuid[] NOT NULL DEFAULT '{}',
    actor        text NOT NULL DEFAULT session_user,
    requested_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(org_id, user_id) = 1)
);
COMMENT ON TABLE gb_meta.soft_deletions IS 'Users and organizations that are switched off and are deleted after a time of grace, unless that is taken back';
COMMENT ON COLUMN gb_meta.soft_deletions.id IS 'Primary key';
COMMENT ON COLUMN gb_meta.soft_deletions.org_id IS 'Organization that is to go; no foreign key: the row stays until all of it is gone';
COMMENT ON COLUMN gb_meta.soft_deletions.user_id IS 'User that is to go';
COMMENT ON COLUMN gb_meta.soft_deletions.purge_after IS 'From when on it may be deleted';
COMMENT ON COLUMN gb_meta.soft_deletions.reason IS 'Why';
COMMENT ON COLUMN gb_meta.soft_deletions.was_active IS 'The user, or the bots, that were active before: these are switched on again when it is taken back';
COMMENT ON COLUMN gb_meta.soft_deletions.actor IS 'Database login that asked for it';
COMMENT ON COLUMN gb_meta.soft_deletions.requested_at IS 'When it was asked for';

REVOKE ALL ON TABLE gb_meta.retention_policies, gb_meta.legal_holds, gb_meta.soft_deletions FROM PUBLIC;
-- Before the triggers: a default is nobody's deed.
INSERT INTO gb_meta.retention_policies (kind, keep_days) VALUES
    ('messages', NULL), ('sessions', NULL), ('tokens', 30), ('clicks', NULL), ('audit', 365), ('drafts', NULL);

SELECT gb_meta.audit_rows(t::regclass)
FROM unnest(ARRAY['gb_meta.retention_policies', 'gb_meta.legal_holds', 'gb_meta.soft_deletions']) t;
INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES
    ('gb_meta.retention_policies', 'record', ''),
    ('gb_meta.legal_holds', 'record', ''),
    ('gb_meta.soft_deletions', 'record', '');
