-- The vault's data keys, each wrapped by a master key that the database never sees.
--
-- A key is never deleted: what it sealed may still lie in a backup. Nobody is granted this table but by name: with the
-- master key alone nothing can be opened, and with this table alone neither.

CREATE TABLE gb_meta.vault_keys (
    key_id     text PRIMARY KEY CHECK (key_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    wrapped    text NOT NULL CHECK (length(wrapped) BETWEEN 40 AND 400),
    master     text NOT NULL CHECK (master ~ '^[0-9a-f]{16}$'),
    active     boolean NOT NULL DEFAULT true,
    actor      text NOT NULL DEFAULT session_user,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    CHECK (active = (retired_at IS NULL))
);
CREATE UNIQUE INDEX vault_keys_active_key ON gb_meta.vault_keys (active) WHERE active;
COMMENT ON TABLE gb_meta.vault_keys IS 'Data keys of the vault, wrapped by a master key that lies elsewhere; one is active';
COMMENT ON COLUMN gb_meta.vault_keys.key_id IS 'What sealed values name it by';
COMMENT ON COLUMN gb_meta.vault_keys.wrapped IS 'The key, sealed with AES-256-GCM by the master key';
COMMENT ON COLUMN gb_meta.vault_keys.master IS 'Fingerprint of the master key that wrapped it';
COMMENT ON COLUMN gb_meta.vault_keys.active IS 'Whether new values are sealed by it; the others only open';
COMMENT ON COLUMN gb_meta.vault_keys.actor IS 'Database login that made it';
COMMENT ON COLUMN gb_meta.vault_keys.created_at IS 'When it was made';
COMMENT ON COLUMN gb_meta.vault_keys.retired_at IS 'When another took its place; null: it is active';
REVOKE ALL ON TABLE gb_meta.vault_keys FROM PUBLIC;
SELECT gb_meta.audit_rows('gb_meta.vault_keys', '{wrapped}');
INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES ('gb_meta.vault_keys', 'closed', '');
