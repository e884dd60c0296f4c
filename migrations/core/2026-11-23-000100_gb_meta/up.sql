-- What the console keeps about the database, apart from the platform's own tables.
--
-- Schema gb_meta: the migration log (checksums; __diesel_schema_migrations holds only what Diesel writes), the audit
-- log, job runs, and the functions that make monthly partitions. Schema gb_part: the partitions themselves. They live
-- apart from their parents so that a blanket grant on the platform's schema can never open one: a partition does not
-- obey its parent's row-level security.
--
-- Partitions are made by gb_meta.ensure_partition: a table LIKE the parent with the bound as CHECK, then ATTACH, which
-- lets writers of the parent go on (PARTITION OF would lock them out). Months are UTC months. The first partition is
-- open to the past; there is no default partition, because one would forbid DETACH CONCURRENTLY and would be scanned
-- under an exclusive lock at every ATTACH.

DO $$
BEGIN
    IF pg_catalog.current_setting('server_version_num')::int < 150000 THEN
        RAISE EXCEPTION 'this schema needs PostgreSQL 15 or later, this server is %',
            pg_catalog.current_setting('server_version');
    END IF;
END
$$;

CREATE SCHEMA gb_meta;
COMMENT ON SCHEMA gb_meta IS 'gbtui: migration log, audit log, job runs and maintenance functions';

CREATE SCHEMA gb_part;
COMMENT ON SCHEMA gb_part IS 'gbtui: monthly partitions, reached through their parent tables only';

CREATE TABLE gb_meta.migration_log (
    version      text PRIMARY KEY CHECK (length(version) BETWEEN 1 AND 50),
    name         text NOT NULL,
    up_sha256    text NOT NULL CHECK (up_sha256 ~ '^[0-9a-f]{64}$'),
    down_sha256  text CHECK (down_sha256 ~ '^[0-9a-f]{64}$'),
    applied_at   timestamptz NOT NULL DEFAULT now(),
    duration_ms  double precision NOT NULL CHECK (duration_ms >= 0),
    actor        text NOT NULL DEFAULT session_user,
    tool_version text NOT NULL
);
COMMENT ON TABLE gb_meta.migration_log IS 'What gbtui applied, and the exact files: a file that has changed since shows as drift';
COMMENT ON COLUMN gb_meta.migration_log.version IS 'As in __diesel_schema_migrations';
COMMENT ON COLUMN gb_meta.migration_log.name IS 'The migration''s folder';
COMMENT ON COLUMN gb_meta.migration_log.up_sha256 IS 'SHA-256 of up.sql as applied, hex';
COMMENT ON COLUMN gb_meta.migration_log.down_sha256 IS 'SHA-256 of down.sql at that time, hex; null: there was none';
COMMENT ON COLUMN gb_meta.migration_log.applied_at IS 'When it was applied';
COMMENT ON COLUMN gb_meta.migration_log.duration_ms IS 'How long up.sql ran, milliseconds';
COMMENT ON COLUMN gb_meta.migration_log.actor IS 'Database login that applied it';
COMMENT ON COLUMN gb_meta.migration_log.tool_version IS 'Version of gbtui that applied it';

CREATE TABLE gb_meta.job_runs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job         text NOT NULL CHECK (length(job) BETWEEN 1 AND 100),
    state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'skipped')),
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz CHECK (finished_at >= started_at),
    actor       text NOT NULL DEFAULT session_user,
    detail      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    error       text,
    CHECK ((state = 'running') = (finished_at IS NULL))
);
CREATE INDEX job_runs_job_started_at_idx ON gb_meta.job_runs (job, started_at DESC);
COMMENT ON TABLE gb_meta.job_runs IS 'Each run of a background job: retention, cleanup, partitions, drills';
COMMENT ON COLUMN gb_meta.job_runs.id IS 'Primary key';
COMMENT ON COLUMN gb_meta.job_runs.job IS 'The job''s name';
COMMENT ON COLUMN gb_meta.job_runs.state IS 'running, done, failed or skipped';
COMMENT ON COLUMN gb_meta.job_runs.started_at IS 'When the run began';
COMMENT ON COLUMN gb_meta.job_runs.finished_at IS 'When the run ended; null while it runs';
COMMENT ON COLUMN gb_meta.job_runs.actor IS 'Database login that ran it';
COMMENT ON COLUMN gb_meta.job_runs.detail IS 'What it did: counts, names';
COMMENT ON COLUMN gb_meta.job_runs.error IS 'Why it failed or was skipped';

CREATE FUNCTION gb_meta.partition_name(parent regclass, month date) RETURNS text
LANGUAGE sql STABLE STRICT
AS $$
    SELECT c.relname || '_p' || to_char(month, 'YYYYMM') FROM pg_catalog.pg_class c WHERE c.oid = parent
$$;
COMMENT ON FUNCTION gb_meta.partition_name(regclass, date) IS 'Name in gb_part of the partition that holds this month';

CREATE FUNCTION gb_meta.create_partition(parent regclass, month date, open_to_past boolean DEFAULT false)
RETURNS regclass
LANGUAGE plpgsql
AS $$
-- A table ready to be attached for one month: no indexes yet, bound as CHECK, closed to everybody but its owner.
DECLARE
    partition text := format('gb_part.%I', gb_meta.partition_name(parent, month));
    lower     text := to_char(date_trunc('month', month::timestamp), 'YYYY-MM-DD HH24:MI:SS') || '+00';
    upper     text := to_char(date_trunc('month', month::timestamp) + interval '1 month', 'YYYY-MM-DD HH24:MI:SS') || '+00';
    grantee   oid;
BEGIN
    EXECUTE format(
        'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE'
        ' INCLUDING COMPRESSION INCLUDING COMMENTS)', partition, parent);
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT month_bound CHECK (created_at < %L%s)', partition, upper,
        CASE WHEN open_to_past THEN '' ELSE format(' AND created_at >= %L', lower) END);
    EXECUTE format('COMMENT ON TABLE %s IS %L', partition,
        format('%s of %s%s (UTC)', parent, to_char(month, 'YYYY-MM'),
            CASE WHEN open_to_past THEN ' and everything before' ELSE '' END));
    -- Default privileges may have opened it: take back what anybody but the owner was given.
    FOR grantee IN
        SELECT DISTINCT a.grantee
        FROM pg_catalog.pg_class c, LATERAL pg_catalog.aclexplode(c.relacl) a
        WHERE c.oid = partition::regclass AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', partition,
            CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END);
    END LOOP;
    EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', partition);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
    RETURN partition::regclass;
END
$$;
COMMENT ON FUNCTION gb_meta.create_partition(regclass, date, boolean) IS
    'Makes an unattached, closed table for one UTC month of the parent';

CREATE FUNCTION gb_meta.index_partition(parent regclass, month date) RETURNS void
LANGUAGE plpgsql
AS $$
-- Gives an unattached, loaded table the parent's keys, indexes and foreign keys, so that ATTACH adopts them at once.
DECLARE
    partition text := format('gb_part.%I', gb_meta.partition_name(parent, month));
    def       text;
BEGIN
    FOR def IN
        SELECT 'ADD ' || pg_catalog.pg_get_constraintdef(k.oid)
        FROM pg_catalog.pg_constraint k
        WHERE k.conrelid = parent AND k.contype IN ('p', 'u', 'f')
        ORDER BY k.contype = 'f', k.conname
    LOOP
        EXECUTE format('ALTER TABLE %s %s', partition, def);
    END LOOP;
    FOR def IN
        SELECT regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON ONLY .*? USING ',
            format('CREATE \1INDEX ON %s USING ', replace(partition, '\', '\\')))
        FROM pg_catalog.pg_index i
        WHERE i.indrelid = parent
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = parent)
        ORDER BY i.indexrelid
    LOOP
        EXECUTE def;
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.index_partition(regclass, date) IS
    'Gives an unattached, loaded month the parent''s keys, indexes and foreign keys';

CREATE FUNCTION gb_meta.attach_partition(parent regclass, month date, open_to_past boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    partition text := format('gb_part.%I', gb_meta.partition_name(parent, month));
    lower     text := to_char(date_trunc('month', month::timestamp), 'YYYY-MM-DD HH24:MI:SS') || '+00';
    upper     text := to_char(date_trunc('month', month::timestamp) + interval '1 month', 'YYYY-MM-DD HH24:MI:SS') || '+00';
BEGIN
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%L)', parent, partition,
        CASE WHEN open_to_past THEN 'MINVALUE' ELSE quote_literal(lower) END, upper);
    -- The bound now says the same; keeping both would check every row twice.
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT month_bound', partition);
END
$$;
COMMENT ON FUNCTION gb_meta.attach_partition(regclass, date, boolean) IS
    'Attaches the table made by create_partition; writers of the parent go on';

CREATE FUNCTION gb_meta.ensure_partition(parent regclass, month date) RETURNS boolean
LANGUAGE plpgsql
AS $$
-- True when it was missing and is made. Starters take turns on a lock that lets readers and writers pass; callers set
-- lock_timeout, because ATTACH waits for (and makes wait) writers of the tables that foreign keys point to.
DECLARE
    first boolean;
BEGIN
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF EXISTS (
        SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent AND c.relname = gb_meta.partition_name(parent, month)
    ) THEN
        RETURN false;
    END IF;
    first := NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = parent);
    PERFORM gb_meta.create_partition(parent, month, first);
    PERFORM gb_meta.attach_partition(parent, month, first);
    RETURN true;
END
$$;
COMMENT ON FUNCTION gb_meta.ensure_partition(regclass, date) IS
    'Makes and attaches the partition of one UTC month unless it is there; the first one is open to the past';

CREATE TABLE gb_meta.audit_log (
    id               uuid NOT NULL DEFAULT gen_random_uuid(),
    org_id           uuid,
    action           text NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
    object_table     text CHECK (length(object_table) <= 200),
    object_id        text CHECK (length(object_id) <= 1000),
    actor            text NOT NULL DEFAULT session_user,
    os_user          text CHECK (length(os_user) <= 200),
    application_name text NOT NULL DEFAULT current_setting('application_name'),
    client_addr      inet DEFAULT inet_client_addr(),
    reason           text CHECK (length(reason) <= 4000),
    before           jsonb CHECK (jsonb_typeof(before) = 'object'),
    after            jsonb CHECK (jsonb_typeof(after) = 'object'),
    detail           jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    tx               xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_log_created_at_id_idx ON gb_meta.audit_log (created_at DESC, id DESC);
CREATE INDEX audit_log_org_id_created_at_idx ON gb_meta.audit_log (org_id, created_at);
CREATE INDEX audit_log_actor_created_at_idx ON gb_meta.audit_log (actor, created_at);
CREATE INDEX audit_log_tx_idx ON gb_meta.audit_log (tx) WHERE tx > '3';
COMMENT ON TABLE gb_meta.audit_log IS
    'Who did what to which row, when and from where: insert-only, written by gb_meta.audit, kept when its subject is gone';
COMMENT ON COLUMN gb_meta.audit_log.id IS 'Primary key, with created_at';
COMMENT ON COLUMN gb_meta.audit_log.org_id IS 'Organization concerned; no foreign key: the record outlives it';
COMMENT ON COLUMN gb_meta.audit_log.action IS 'What was done, for example conversation.viewed or organization.deleted';
COMMENT ON COLUMN gb_meta.audit_log.object_table IS 'Table of the row concerned';
COMMENT ON COLUMN gb_meta.audit_log.object_id IS 'Key of the row concerned, as text';
COMMENT ON COLUMN gb_meta.audit_log.actor IS 'Database login';
COMMENT ON COLUMN gb_meta.audit_log.os_user IS 'Operating system user, as the client reported it';
COMMENT ON COLUMN gb_meta.audit_log.application_name IS 'application_name of the connection';
COMMENT ON COLUMN gb_meta.audit_log.client_addr IS 'Address of the client; null: a local socket';
COMMENT ON COLUMN gb_meta.audit_log.reason IS 'Why, where a reason is asked for';
COMMENT ON COLUMN gb_meta.audit_log.before IS 'The row before, secrets left out';
COMMENT ON COLUMN gb_meta.audit_log.after IS 'The row after, secrets left out';
COMMENT ON COLUMN gb_meta.audit_log.detail IS 'What else belongs to the deed: filter, counts, target';
COMMENT ON COLUMN gb_meta.audit_log.created_at IS 'When; decides the partition';
COMMENT ON COLUMN gb_meta.audit_log.tx IS 'Transaction that wrote it: the live tail''s cursor; never name it in an INSERT';

CREATE FUNCTION gb_meta.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'audit records are not changed: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION gb_meta.refuse_change() IS 'Trigger: stops UPDATE, DELETE and TRUNCATE of audit records';

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON gb_meta.audit_log
    FOR EACH ROW EXECUTE FUNCTION gb_meta.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON gb_meta.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION gb_meta.refuse_change();

CREATE FUNCTION gb_meta.audit(
    action       text,
    object_table text DEFAULT NULL,
    object_id    text DEFAULT NULL,
    org_id       uuid DEFAULT NULL,
    before       jsonb DEFAULT NULL,
    after        jsonb DEFAULT NULL,
    reason       text DEFAULT NULL,
    os_user      text DEFAULT NULL,
    detail       jsonb DEFAULT '{}'
) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO gb_meta.audit_log (action, object_table, object_id, org_id, before, after, reason, os_user, detail)
    VALUES (action, object_table, object_id, org_id, before, after, reason, os_user, detail)
    RETURNING id
$$;
COMMENT ON FUNCTION gb_meta.audit(text, text, text, uuid, jsonb, jsonb, text, text, jsonb) IS
    'Writes one audit record in the caller''s transaction; login, address and time are taken from the server';
-- Whoever may write audit records is granted EXECUTE; nobody is granted the table.
REVOKE ALL ON FUNCTION gb_meta.audit(text, text, text, uuid, jsonb, jsonb, text, text, jsonb) FROM PUBLIC;
REVOKE ALL ON TABLE gb_meta.audit_log FROM PUBLIC;

SELECT gb_meta.ensure_partition('gb_meta.audit_log',
    (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date)
FROM generate_series(0, 3) n;
