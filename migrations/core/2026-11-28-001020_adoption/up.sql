-- Turning a plain message_history into the partitioned one while it is read and written.
--
-- gb_meta.adopt_parent makes the partitioned table beside it, in gb_part, empty, with the same columns, constraints,
-- indexes, triggers, grants and policies. gb_meta.adopt_swap puts it in the place of the plain one, which becomes its
-- first partition, open to the past: a change of the catalog alone. gbtui.lifecycle.adopting runs all steps, of which
-- these are two; the others are plain statements (an index built CONCURRENTLY, a CHECK that is validated).
--
-- Locks: none.

CREATE FUNCTION gb_meta.adopt_parent(plain regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- Made already: nothing.
DECLARE
    named  name := (SELECT c.relname FROM pg_class c WHERE c.oid = plain);
    parent text := format('gb_part.%I', named);
    each   record;
BEGIN
    IF to_regclass(parent) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE'
        ' INCLUDING COMPRESSION INCLUDING COMMENTS) PARTITION BY RANGE (created_at)', parent, plain);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS month_bound', parent);
    EXECUTE format('COMMENT ON TABLE %s IS %L', parent, coalesce(obj_description(plain, 'pg_class'),
        'Everything users and bots said, partitioned by UTC month of created_at'));
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY (id, created_at)', parent, named || '_pkey');
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE (org_id, created_at, id)', parent,
        named || '_org_id_created_at_id_key');
    FOR each IN
        SELECT k.conname, pg_get_constraintdef(k.oid) AS def FROM pg_constraint k
        WHERE k.conrelid = plain AND k.contype = 'f' ORDER BY k.conname
    LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', parent, each.conname, each.def);
    END LOOP;
    FOR each IN
        SELECT c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE INDEX .*? ON .*? USING ', '') AS def
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = plain AND NOT i.indisunique AND i.indisvalid ORDER BY i.indexrelid
    LOOP
        EXECUTE format('CREATE INDEX %I ON %s USING %s', each.relname, parent, each.def);
    END LOOP;
    FOR each IN
        SELECT replace(pg_get_triggerdef(t.oid), format(' ON %s ', plain), format(' ON %s ', parent)) AS def
        FROM pg_trigger t WHERE t.tgrelid = plain AND NOT t.tgisinternal ORDER BY t.tgname
    LOOP
        EXECUTE each.def;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = parent::regclass AND t.tgname = 'fill_org_id') THEN
        EXECUTE format('CREATE TRIGGER fill_org_id BEFORE INSERT ON %s FOR EACH ROW WHEN (NEW.org_id IS NULL)'
            ' EXECUTE FUNCTION gb_meta.fill_org_id(''bot'', ''session'')', parent);
    END IF;
    PERFORM gb_meta.adopt_access(plain, parent::regclass);
END
$$;
COMMENT ON FUNCTION gb_meta.adopt_parent(regclass) IS
    'Makes the empty partitioned table that a plain one is to become the first partition of';

CREATE FUNCTION gb_meta.access_of(target regclass) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity,
        (SELECT string_agg(concat_ws(' ', a.grantee, a.privilege_type, a.is_grantable), ',' ORDER BY a.grantee, a.privilege_type)
         FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner))
    FROM pg_class c WHERE c.oid = target
$$;
COMMENT ON FUNCTION gb_meta.access_of(regclass) IS 'Who may do what with a table, as one text to compare';

CREATE FUNCTION gb_meta.adopt_access(plain regclass, parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    each record;
BEGIN
    PERFORM gb_meta.close_partition(parent);
    IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = plain) THEN
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', parent);
    END IF;
    IF (SELECT c.relforcerowsecurity FROM pg_class c WHERE c.oid = plain) THEN
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', parent);
    END IF;
    FOR each IN
        SELECT a.grantee, a.privilege_type, a.is_grantable
        FROM pg_class c, LATERAL aclexplode(c.relacl) a
        WHERE c.oid = plain AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT %s ON TABLE %s TO %s%s', each.privilege_type, parent,
            CASE WHEN each.grantee = 0 THEN 'PUBLIC' ELSE each.grantee::regrole::text END,
            CASE WHEN each.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
    -- As apply_access does it for all tables, where one of the roles exists.
    FOR each IN
        SELECT t.kind, t.app FROM gb_meta.access_tables t
        WHERE t.table_name = (SELECT 'public.' || c.relname FROM pg_class c WHERE c.oid = plain)
          AND EXISTS (SELECT FROM gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name)
    LOOP
        PERFORM gb_meta.apply_policies(parent, each.kind);
        PERFORM gb_meta.apply_grants(parent, each.kind, each.app);
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.adopt_access(regclass, regclass) IS
    'Gives the new table the grants of the plain one, and the policies of its kind';

CREATE FUNCTION gb_meta.adopt_swap(plain regclass, upper timestamptz, month date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO'
AS $$
-- The partitioned table takes the place of the plain one, which becomes its partition of `month` and before.
DECLARE
    schema name := (SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = plain);
    named  name := (SELECT c.relname FROM pg_class c WHERE c.oid = plain);
    parent regclass := format('gb_part.%I', named)::regclass;
    old    name := gb_meta.partition_name(parent, month);
    each   record;
    lacks  text;
BEGIN
    -- Several locks one after the other: whoever waits for the first waits for all, so each is waited for a part only.
    PERFORM set_config('lock_timeout', '25ms', true);
    FOR each IN SELECT DISTINCT k.confrelid::regclass AS target FROM pg_constraint k WHERE k.conrelid = plain AND k.contype = 'f' ORDER BY 1 LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', each.target);
    END LOOP;
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', plain);
    FOR each IN
        SELECT k.conname FROM pg_constraint k JOIN pg_index i ON i.indexrelid = k.conindid
        WHERE k.conrelid = plain AND k.contype = 'p' AND pg_get_constraintdef(k.oid) <> 'PRIMARY KEY (id, created_at)'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', plain, each.conname);
    END LOOP;
    FOR each IN
        SELECT DISTINCT ON (s.shape) c.relname, s.kind, s.suffix
        FROM (VALUES ('UNIQUE btree (id, created_at)', 'PRIMARY KEY', '_pkey'),
                     ('UNIQUE btree (org_id, created_at, id)', 'UNIQUE', '_org_id_created_at_id_key')) s (shape, kind, suffix)
        JOIN pg_index i ON i.indrelid = plain AND i.indisvalid
            AND regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON .*? USING ', '\1') = s.shape
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = plain AND k.contype IN ('p', 'u')
            AND pg_get_constraintdef(k.oid) = s.kind || substring(s.shape FROM ' \(.*$'))
        ORDER BY s.shape
    LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I', plain, left(old || each.suffix, 63), each.kind,
            each.relname);
    END LOOP;
    lacks := gb_meta.attach_lacks(parent, plain);
    IF lacks IS NOT NULL THEN
        RAISE EXCEPTION '% lacks what its parent has: %', plain, lacks USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- What was granted or taken back since the new table was made.
    IF gb_meta.access_of(parent) IS DISTINCT FROM gb_meta.access_of(plain) THEN
        PERFORM gb_meta.adopt_access(plain, parent);
    END IF;
    FOR each IN SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid = plain AND NOT t.tgisinternal LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', each.tgname, plain);
    END LOOP;
    FOR each IN
        SELECT c.oid::regclass AS target, left(replace(c.relname, named, old), 63) AS new
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = plain AND c.relname NOT LIKE old || '%'
    LOOP
        EXECUTE format('ALTER INDEX %s RENAME TO %I', each.target,
            CASE WHEN each.new LIKE old || '%' THEN each.new ELSE left(old || '_' || each.new, 63) END);
    END LOOP;
    EXECUTE format('ALTER TABLE %s RENAME TO %I', plain, old);
    EXECUTE format('ALTER TABLE %s SET SCHEMA gb_part', plain);
    PERFORM gb_meta.close_partition(plain);
    EXECUTE format('COMMENT ON TABLE %s IS %L', plain,
        format('%I.%I of %s and everything before (UTC)', schema, named, to_char(month, 'YYYY-MM')));
    EXECUTE format('ALTER TABLE %s SET SCHEMA %I', parent, schema);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%L)', parent, plain, upper);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT month_bound', plain);
END
$$;
COMMENT ON FUNCTION gb_meta.adopt_swap(regclass, timestamptz, date) IS
    'Puts the partitioned table in the place of the plain one, which becomes its first partition';

CREATE FUNCTION gb_meta.adopt_undo(plain regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parent text := (SELECT format('gb_part.%I', c.relname) FROM pg_class c WHERE c.oid = plain AND c.relkind = 'r');
BEGIN
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS month_bound', plain);
    EXECUTE format('DROP TABLE IF EXISTS %s', parent);
END
$$;
COMMENT ON FUNCTION gb_meta.adopt_undo(regclass) IS
    'Takes back an adoption that has not come to the swap: no bound, no empty table beside it; indexes and keys stay';
