-- Changes of sensitive rows on record, whoever makes them: also an UPDATE by hand in psql.
--
-- gb_meta.audit_rows(table) gives a table row triggers that write gb_meta.audit_log in the transaction of the change:
-- the login and address that the server knows, the row before and after, the names of the columns that changed.
-- * Row triggers, not statement triggers with transition tables: those would not see a write aimed at a partition.
-- * They cost a multiple of the write (bench/audit.py), so only tables that are sensitive and seldom written have them.
--   message_history, sessions, clicks, login tokens, memories and documents have none.
-- * Secrets are left out by name, at any depth, also those of a column that is added later; that one of them changed
--   shows in the list of changed columns. Of a row with `key` and `value` the value is left out where the key is
--   called like a secret.
-- * An UPDATE that changes nothing leaves no record. What a foreign key's cascade takes is recorded like any other row,
--   under the same transaction.
--
-- gb_meta.audit_seals holds a chain of hashes over the records of each month that has ended: `gbtui audit --seal`
-- writes it, `gbtui audit --verify` tells by it which record is missing or was changed.
--
-- Locks: SHARE ROW EXCLUSIVE on each of these tables for a moment, and on audit_log while its index is made.

CREATE FUNCTION gb_meta.is_secret(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT name ~* '(token|password|passwd|secret|hash|encrypted|dsn|credential|api_?key|private_?key)'
$$;
COMMENT ON FUNCTION gb_meta.is_secret(text) IS 'Whether what a column or field is called says that it holds a secret';

CREATE FUNCTION gb_meta.without_secrets(document jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    CASE jsonb_typeof(document)
        WHEN 'object' THEN
            RETURN coalesce((
                SELECT jsonb_object_agg(e.key, CASE WHEN jsonb_typeof(e.value) IN ('object', 'array')
                    THEN gb_meta.without_secrets(e.value) ELSE e.value END)
                FROM jsonb_each(document) e WHERE NOT gb_meta.is_secret(e.key)), '{}');
        WHEN 'array' THEN
            RETURN coalesce((
                SELECT jsonb_agg(gb_meta.without_secrets(e.value) ORDER BY e.place)
                FROM jsonb_array_elements(document) WITH ORDINALITY e (value, place)), '[]');
        ELSE
            RETURN document;
    END CASE;
END
$$;
COMMENT ON FUNCTION gb_meta.without_secrets(jsonb) IS
    'A document without the fields whose names call them secret, at any depth';

CREATE FUNCTION gb_meta.audited(written jsonb, redacted text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    shown jsonb := gb_meta.without_secrets(written - redacted);
BEGIN
    -- A setting's name is in its row: bot_configuration holds keys of other people's services.
    IF shown ? 'value' AND (shown ->> 'key') ~* '(pass|pwd|pin$|token|key|secret|hash|encrypted|dsn|credential|auth|private)' THEN
        shown := shown - 'value';
    END IF;
    RETURN shown;
END
$$;
COMMENT ON FUNCTION gb_meta.audited(jsonb, text[]) IS 'A row as an audit record shows it: secrets left out';

CREATE FUNCTION gb_meta.audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Arguments: the columns of the primary key, and columns to leave out, each as the text of an array.
DECLARE
    keys      text[] := TG_ARGV[0]::text[];
    redacted  text[] := TG_ARGV[1]::text[];
    was       jsonb;
    is_now    jsonb;
    old_or_new jsonb;
    changed   text[];
    object_id text;
    org       text;
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        was := to_jsonb(OLD);
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        is_now := to_jsonb(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(e.key ORDER BY e.key) INTO changed
        FROM jsonb_each(is_now) e WHERE e.value IS DISTINCT FROM was -> e.key;
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    old_or_new := coalesce(was, is_now);
    SELECT string_agg(old_or_new ->> k.name, ',' ORDER BY k.place) INTO object_id
    FROM unnest(keys) WITH ORDINALITY k (name, place);
    org := old_or_new ->> 'org_id';
    INSERT INTO gb_meta.audit_log (action, object_table, object_id, org_id, before, after, os_user, detail)
    VALUES (
        CASE TG_OP WHEN 'TRUNCATE' THEN 'table.truncated' WHEN 'INSERT' THEN 'row.inserted'
            WHEN 'UPDATE' THEN 'row.updated' ELSE 'row.deleted' END,
        -- A trigger on a partition says the partition's name.
        coalesce(pg_partition_root(TG_RELID), TG_RELID)::regclass::text,
        left(object_id, 1000),
        CASE WHEN org ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN org::uuid END,
        gb_meta.audited(was, redacted),
        gb_meta.audited(is_now, redacted),
        left(nullif(current_setting('gb.os_user', true), ''), 200),
        jsonb_strip_nulls(jsonb_build_object(
            'changed', to_jsonb(changed),
            'role', nullif(current_setting('role', true), 'none'),
            'for', left(nullif(current_setting('gb.actor', true), ''), 200))));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION gb_meta.audit_row() IS
    'Trigger: writes what happened to a row to the audit log; secrets left out, no-op updates skipped';
REVOKE ALL ON FUNCTION gb_meta.audit_row() FROM PUBLIC;

CREATE FUNCTION gb_meta.audit_rows(target regclass, redact text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql
AS $$
-- Again with other columns: the triggers are made anew.
DECLARE
    keys text[];
    call text;
BEGIN
    SELECT coalesce(array_agg(a.attname::text ORDER BY k.place), '{}') INTO keys
    FROM pg_catalog.pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place), pg_catalog.pg_attribute a
    WHERE i.indrelid = target AND i.indisprimary AND a.attrelid = target AND a.attnum = k.attnum;
    call := format('EXECUTE FUNCTION gb_meta.audit_row(%L, %L)', keys, redact);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_row AFTER INSERT OR DELETE ON %s FOR EACH ROW %s', target, call);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_row_update AFTER UPDATE ON %s FOR EACH ROW'
        ' WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*) %s', target, call);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT %s', target, call);
END
$$;
COMMENT ON FUNCTION gb_meta.audit_rows(regclass, text[]) IS
    'Puts every change of a table''s rows on record from now on; redact: columns to leave out besides those whose names say so';
REVOKE ALL ON FUNCTION gb_meta.audit_rows(regclass, text[]) FROM PUBLIC;

-- What happened to one row.
CREATE INDEX audit_log_object_id_created_at_idx ON gb_meta.audit_log (object_id, created_at DESC, id DESC);

CREATE TABLE gb_meta.audit_seals (
    month        date NOT NULL CHECK (extract(day FROM month) = 1),
    part         integer NOT NULL CHECK (part > 0),
    records      integer NOT NULL CHECK (records >= 0),
    first_at     timestamptz,
    last_at      timestamptz,
    previous     bytea NOT NULL CHECK (octet_length(previous) = 32),
    chain        bytea NOT NULL CHECK (octet_length(chain) = 32),
    ids          uuid[] NOT NULL CHECK (cardinality(ids) = records),
    digests      bytea NOT NULL CHECK (octet_length(digests) = 32 * records),
    actor        text NOT NULL DEFAULT session_user,
    tool_version text NOT NULL CHECK (length(tool_version) BETWEEN 1 AND 100),
    sealed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (month, part)
);
COMMENT ON TABLE gb_meta.audit_seals IS
    'Chains of SHA-256 over the audit records of a month that has ended, in parts: which record is missing or changed';
COMMENT ON COLUMN gb_meta.audit_seals.month IS 'First day of the UTC month';
COMMENT ON COLUMN gb_meta.audit_seals.part IS 'Counted from 1 in each month';
COMMENT ON COLUMN gb_meta.audit_seals.records IS 'How many records it covers; 0: the month had none';
COMMENT ON COLUMN gb_meta.audit_seals.first_at IS 'Time of its first record';
COMMENT ON COLUMN gb_meta.audit_seals.last_at IS 'Time of its last record';
COMMENT ON COLUMN gb_meta.audit_seals.previous IS 'The chain before it: of the part before, or of the month sealed before; zeros: none';
COMMENT ON COLUMN gb_meta.audit_seals.chain IS 'The chain after its last record: each link is SHA-256(link before || digest of the record)';
COMMENT ON COLUMN gb_meta.audit_seals.ids IS 'Ids of the records in the order of the chain: by time, then id';
COMMENT ON COLUMN gb_meta.audit_seals.digests IS 'SHA-256 of each record in that order, 32 bytes each';
COMMENT ON COLUMN gb_meta.audit_seals.actor IS 'Database login that sealed it';
COMMENT ON COLUMN gb_meta.audit_seals.tool_version IS 'Version of gbtui that sealed it';
COMMENT ON COLUMN gb_meta.audit_seals.sealed_at IS 'When it was sealed';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON gb_meta.audit_seals
    FOR EACH ROW EXECUTE FUNCTION gb_meta.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON gb_meta.audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION gb_meta.refuse_change();
REVOKE ALL ON TABLE gb_meta.audit_seals FROM PUBLIC;
INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES ('gb_meta.audit_seals', 'server', '');

CREATE FUNCTION gb_meta.audit_expired(keep interval DEFAULT '365 days')
RETURNS TABLE (partition regclass, month date, sealed boolean)
LANGUAGE sql STABLE
AS $$
    SELECT i.inhrelid::regclass, m.month, EXISTS (SELECT FROM gb_meta.audit_seals s WHERE s.month = m.month)
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 6), 'YYYYMM') AS month) m
    WHERE i.inhparent = 'gb_meta.audit_log'::regclass
      AND (m.month + interval '1 month') AT TIME ZONE 'UTC' <= now() - keep
    ORDER BY m.month
$$;
COMMENT ON FUNCTION gb_meta.audit_expired(interval) IS
    'The months of audit records that are past retention, and whether they are sealed; it deletes nothing';

SELECT gb_meta.audit_rows(t::regclass)
FROM unnest(ARRAY['public.organizations', 'public.bots', 'public.bot_configuration', 'public.system_automations',
    'public.basic_tools', 'public.users', 'public.organization_members', 'public.user_email_accounts']) t;
