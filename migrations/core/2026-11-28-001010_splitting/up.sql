-- Dividing a partition into its months while it is read and written.
--
-- The rows are copied to a table for each month; a trigger notes the keys of rows that change meanwhile in
-- gb_meta.partition_changes; these are copied again. In the end, in one transaction, the rest of the notes is worked
-- off, the old table is detached and the months are attached in its place. The old table stays, detached, with all rows.
-- gbtui.lifecycle.partitions.splitting runs the steps.
--
-- Whoever adds a stage must see to it that ATTACH finds all keys, indexes and foreign keys in place:
-- gb_meta.attach_lacks says what it would have to make while everybody waits.
--
-- Locks: none.

CREATE TABLE gb_meta.partition_changes (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition  oid NOT NULL,
    id         uuid NOT NULL,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE gb_meta.partition_changes IS 'Keys of rows that changed in a partition while it was divided; empty otherwise';
COMMENT ON COLUMN gb_meta.partition_changes.seq IS 'Primary key';
COMMENT ON COLUMN gb_meta.partition_changes.partition IS 'The partition that is being divided';
COMMENT ON COLUMN gb_meta.partition_changes.id IS 'Key of the row, with created_at';
COMMENT ON COLUMN gb_meta.partition_changes.created_at IS 'Key of the row, with id';
ALTER TABLE gb_meta.partition_changes ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE gb_meta.partition_changes FROM PUBLIC;
INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES ('gb_meta.partition_changes', 'closed', '');

CREATE FUNCTION gb_meta.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO gb_meta.partition_changes (partition, id, created_at) VALUES (TG_RELID, OLD.id, OLD.created_at);
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND (NEW.id, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.created_at) THEN
        INSERT INTO gb_meta.partition_changes (partition, id, created_at) VALUES (TG_RELID, NEW.id, NEW.created_at);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION gb_meta.note_change() IS 'Trigger: notes which row changed in a partition that is being divided';
REVOKE ALL ON FUNCTION gb_meta.note_change() FROM PUBLIC;

CREATE FUNCTION gb_meta.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is being divided into months, and cannot be emptied meanwhile', TG_RELID::regclass
        USING ERRCODE = 'object_in_use', HINT = 'gbtui partitions split goes on with it, and with --undo takes it back';
END
$$;
COMMENT ON FUNCTION gb_meta.refuse_truncate() IS 'Trigger: stops TRUNCATE, of which no row tells, of a partition that is being divided';

CREATE FUNCTION gb_meta.index_shapes(target regclass) RETURNS SETOF text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(' ', CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'CONSTRAINT' END,
        regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON .*? USING ', '\1'))
    FROM pg_index i
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')
    WHERE i.indrelid = target AND (i.indisvalid OR EXISTS (SELECT FROM pg_class c WHERE c.oid = target AND c.relkind = 'p'))
$$;
COMMENT ON FUNCTION gb_meta.index_shapes(regclass) IS 'The valid indexes of a table by what they are, without names';

CREATE FUNCTION gb_meta.attach_lacks(parent regclass, target regclass) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(lack, '; ') FROM (
        (SELECT s FROM gb_meta.index_shapes(parent) s EXCEPT SELECT s FROM gb_meta.index_shapes(target) s)
        UNION ALL
        (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = parent AND k.contype IN ('f', 'c')
         EXCEPT
         SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = target AND k.convalidated)
    ) missing (lack)
$$;
COMMENT ON FUNCTION gb_meta.attach_lacks(regclass, regclass) IS
    'What ATTACH would have to build or check while everybody waits; null: nothing';

CREATE FUNCTION gb_meta.split_columns(target regclass) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute a
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
$$;
COMMENT ON FUNCTION gb_meta.split_columns(regclass) IS 'The columns that a copy of a row names';

CREATE FUNCTION gb_meta.split_table(source regclass, month date) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('gb_part.%I', gb_meta.partition_name(i.inhparent, month) || '_split')
    FROM pg_inherits i WHERE i.inhrelid = source
$$;
COMMENT ON FUNCTION gb_meta.split_table(regclass, date) IS 'The table that a month of a partition is copied to';

CREATE FUNCTION gb_meta.split_begin(source regclass, months date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- Tables for the months, the first of them open to the past, and the trigger. Done already: nothing.
DECLARE
    parent regclass := (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = source);
    month  date;
    target text;
BEGIN
    FOREACH month IN ARRAY months LOOP
        target := gb_meta.split_table(source, month);
        CONTINUE WHEN to_regclass(target) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE'
            ' INCLUDING COMPRESSION INCLUDING COMMENTS)', target, parent);
        PERFORM gb_meta.bound_check(target::regclass, CASE WHEN month > months[1] THEN month::timestamp AT TIME ZONE 'UTC' END,
            (month + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT month_bound', target);
        EXECUTE format('COMMENT ON TABLE %s IS %L', target, format('%s of %s%s (UTC)', parent, to_char(month, 'YYYY-MM'),
            CASE WHEN month > months[1] THEN '' ELSE ' and everything before' END));
        PERFORM gb_meta.close_partition(target::regclass);
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = source AND t.tgname = 'note_change') THEN
        EXECUTE format('CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON %s'
            ' FOR EACH ROW EXECUTE FUNCTION gb_meta.note_change()', source);
        EXECUTE format('CREATE TRIGGER note_truncate BEFORE TRUNCATE ON %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION gb_meta.refuse_truncate()', source);
    END IF;
END
$$;
COMMENT ON FUNCTION gb_meta.split_begin(regclass, date[]) IS
    'Begins to divide a partition: a table for each month, and a trigger that notes what changes';

CREATE FUNCTION gb_meta.split_copy(source regclass, month date, after_at timestamptz, after_id uuid, wanted integer,
    OUT copied integer, OUT last_at timestamptz, OUT last_id uuid)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'WITH taken AS MATERIALIZED ('
        '    SELECT * FROM ONLY %1$s s WHERE (s.created_at, s.id) > ($1, $2) AND s.created_at < $3'
        '    ORDER BY s.created_at, s.id LIMIT $4'
        '), put AS (INSERT INTO %2$s (%3$s) SELECT %3$s FROM taken)'
        'SELECT count(*), max(created_at), (array_agg(id ORDER BY created_at DESC, id DESC))[1] FROM taken',
        source, gb_meta.split_table(source, month), gb_meta.split_columns(source))
    INTO copied, last_at, last_id
    USING after_at, after_id, (month + interval '1 month') AT TIME ZONE 'UTC', wanted;
END
$$;
COMMENT ON FUNCTION gb_meta.split_copy(regclass, date, timestamptz, uuid, integer) IS
    'Copies the next rows of a month, in the order of created_at and id';

CREATE FUNCTION gb_meta.split_index(source regclass, month date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- The parent's keys and indexes for a month that is loaded; foreign keys not yet. Done already: nothing.
DECLARE
    parent regclass := (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = source);
    target regclass := gb_meta.split_table(source, month)::regclass;
    def    text;
BEGIN
    IF EXISTS (SELECT FROM pg_index i WHERE i.indrelid = target) THEN
        RETURN;
    END IF;
    FOR def IN
        SELECT 'ADD ' || pg_get_constraintdef(k.oid) FROM pg_constraint k
        WHERE k.conrelid = parent AND k.contype IN ('p', 'u') ORDER BY k.conname
    LOOP
        EXECUTE format('ALTER TABLE %s %s', target, def);
    END LOOP;
    FOR def IN
        SELECT regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON .*? USING ',
            format('CREATE \1INDEX ON %s USING ', replace(target::text, '\', '\\')))
        FROM pg_index i
        WHERE i.indrelid = parent
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = parent)
    LOOP
        EXECUTE def;
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.split_index(regclass, date) IS 'Gives a month that is loaded the parent''s keys and indexes';

CREATE FUNCTION gb_meta.split_reference(source regclass, month date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- The parent's foreign keys, not validated yet: from now on a cascade reaches the copy, too.
DECLARE
    parent regclass := (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = source);
    target regclass := gb_meta.split_table(source, month)::regclass;
    def    text;
BEGIN
    FOR def IN
        SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = parent AND k.contype = 'f'
        EXCEPT
        SELECT regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') FROM pg_constraint k
        WHERE k.conrelid = target AND k.contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE %s ADD %s NOT VALID', target, def);
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.split_reference(regclass, date) IS 'Gives a month the parent''s foreign keys, to be validated';

CREATE FUNCTION gb_meta.validate_all(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT k.conname FROM pg_constraint k WHERE k.conrelid = target AND NOT k.convalidated ORDER BY k.conname LOOP
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', target, name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.validate_all(regclass) IS 'Validates the constraints of a table that are not yet; writers go on';

CREATE FUNCTION gb_meta.split_drain(source regclass, first date, wanted integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
-- Takes the oldest notes, and copies the rows that they name again: those that are gone go from the copy as well. Each is
-- found by its key: of an array the planner knows too little, and would read the table, in the end while everybody waits.
DECLARE
    each  record;
    taken integer := 0;
BEGIN
    FOR each IN
        WITH noted AS (
            DELETE FROM gb_meta.partition_changes c
            WHERE c.seq IN (SELECT s.seq FROM gb_meta.partition_changes s WHERE s.partition = source ORDER BY s.seq LIMIT wanted)
            RETURNING c.id, c.created_at
        )
        SELECT greatest(date_trunc('month', d.created_at AT TIME ZONE 'UTC')::date, first) AS month, sum(d.times) AS times,
            array_agg(d.id) AS ids, array_agg(d.created_at) AS ats
        FROM (SELECT n.id, n.created_at, count(*) AS times FROM noted n GROUP BY n.id, n.created_at) d
        GROUP BY 1
    LOOP
        taken := taken + each.times;
        EXECUTE format('DELETE FROM %s t USING unnest($1, $2) k (id, created_at)'
            ' WHERE t.id = k.id AND t.created_at = k.created_at', gb_meta.split_table(source, each.month))
        USING each.ids, each.ats;
        EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM ONLY %3$s s'
            ' WHERE (s.id, s.created_at) IN (SELECT k.id, k.created_at FROM unnest($1, $2) k (id, created_at))',
            gb_meta.split_table(source, each.month), gb_meta.split_columns(source), source)
        USING each.ids, each.ats;
    END LOOP;
    RETURN taken;
END
$$;
COMMENT ON FUNCTION gb_meta.split_drain(regclass, date, integer) IS
    'Copies rows again that changed since they were copied; says how many notes it worked off';

CREATE FUNCTION gb_meta.split_compare(source regclass, months date[],
    OUT rows bigint, OUT copied bigint, OUT same boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- In one snapshot: how many rows here and there, and whether the sum over a hash of each is the same. Rows that are noted
-- as changed, and will be copied again, are left out on both sides.
DECLARE
    each   text;
    hash   numeric;
    theirs numeric := 0;
    part   record;
    sum_of constant text := 'SELECT count(*) AS n, coalesce(sum(hashtextextended(row(%s)::text, 0)::numeric), 0) AS h'
        ' FROM ONLY %s t WHERE NOT EXISTS (SELECT FROM gb_meta.partition_changes c'
        ' WHERE c.partition = $1 AND c.id = t.id AND c.created_at = t.created_at)';
BEGIN
    EXECUTE format(sum_of, gb_meta.split_columns(source), source) INTO rows, hash USING source;
    copied := 0;
    FOREACH each IN ARRAY ARRAY(SELECT gb_meta.split_table(source, m) FROM unnest(months) m) LOOP
        EXECUTE format(sum_of, gb_meta.split_columns(source), each) INTO part USING source;
        copied := copied + part.n;
        theirs := theirs + part.h;
    END LOOP;
    same := rows = copied AND hash = theirs;
END
$$;
COMMENT ON FUNCTION gb_meta.split_compare(regclass, date[]) IS
    'Whether the copies hold the very rows of the partition that is being divided: counts, and sums over hashes';

CREATE FUNCTION gb_meta.split_swap(source regclass, months date[]) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO'
AS $$
-- The months take the place of the partition, which is detached; says what that is called now. Everybody waits, so what
-- can be done before (attach_lacks) or after (the months' CHECKs, which their bounds repeat) is not done here.
DECLARE
    parent regclass := (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = source);
    tables text[] := ARRAY(SELECT gb_meta.split_table(source, m) FROM unnest(months) WITH ORDINALITY u (m, n) ORDER BY n);
    old    text := (SELECT c.relname || '_detached' FROM pg_class c WHERE c.oid = source);
    name   text;
    each   record;
BEGIN
    PERFORM set_config('lock_timeout', '25ms', true);
    FOR each IN
        SELECT DISTINCT k.confrelid::regclass AS target FROM pg_constraint k
        WHERE k.conrelid = parent AND k.contype = 'f' ORDER BY 1
    LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', each.target);
    END LOOP;
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', source);
    WHILE gb_meta.split_drain(source, months[1], 10000) > 0 LOOP
    END LOOP;
    EXECUTE format('DROP TRIGGER note_change ON %1$s; DROP TRIGGER note_truncate ON %1$s', source);
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, source);
    WHILE to_regclass(format('gb_part.%I', old)) IS NOT NULL LOOP
        old := old || '_';
    END LOOP;
    EXECUTE format('ALTER TABLE %s RENAME TO %I', source, old);
    EXECUTE format('COMMENT ON TABLE gb_part.%I IS %L', old,
        format('%s: a copy of what was divided into months, and everything before', parent));
    FOR i IN 1 .. cardinality(months) LOOP
        name := gb_meta.partition_name(parent, months[i]);
        EXECUTE format('ALTER TABLE %s RENAME TO %I', tables[i], name);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION gb_part.%I FOR VALUES FROM (%s) TO (%L)', parent, name,
            CASE WHEN i = 1 THEN 'MINVALUE' ELSE quote_literal(months[i]::timestamp AT TIME ZONE 'UTC') END,
            (months[i] + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
    PERFORM gb_meta.close_partition(source);
    RETURN format('gb_part.%I', old);
END
$$;
COMMENT ON FUNCTION gb_meta.split_swap(regclass, date[]) IS
    'Ends dividing a partition: its months are attached in its place, it is detached, and named';

CREATE FUNCTION gb_meta.split_finish(partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- A month that has taken its place: its bounds say what its CHECK says, and its indexes bear its name.
DECLARE
    each record;
BEGIN
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS month_bound', partition);
    FOR each IN
        SELECT c.oid::regclass AS target, replace(c.relname, '_split_', '_') AS named
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = partition AND c.relname LIKE '%\_split\_%'
    LOOP
        IF to_regclass(format('gb_part.%I', each.named)) IS NULL THEN
            EXECUTE format('ALTER INDEX %s RENAME TO %I', each.target, each.named);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.split_finish(regclass) IS 'What can wait until a month has taken its place: its CHECK, its indexes'' names';

CREATE FUNCTION gb_meta.split_undo(source regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    each record;
BEGIN
    EXECUTE format('DROP TRIGGER IF EXISTS note_change ON %1$s; DROP TRIGGER IF EXISTS note_truncate ON %1$s', source);
    DELETE FROM gb_meta.partition_changes c WHERE c.partition = source;
    FOR each IN
        SELECT c.oid::regclass AS target
        FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent
        JOIN pg_class c ON c.relnamespace = 'gb_part'::regnamespace AND c.relkind = 'r'
            AND starts_with(c.relname, p.relname || '_p')
            AND substr(c.relname, length(p.relname) + 1) ~ '^_p[0-9]{6}_split$'
        WHERE i.inhrelid = source
    LOOP
        EXECUTE format('DROP TABLE %s', each.target);
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.split_undo(regclass) IS
    'Takes back that a partition is being divided: its copies go, it stays as it was';
