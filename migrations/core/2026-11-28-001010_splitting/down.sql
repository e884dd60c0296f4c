-- A partition that is being divided stays whole; the copies of its months go.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT t.tgrelid::regclass AS target FROM pg_catalog.pg_trigger t WHERE t.tgfoid = 'gb_meta.note_change()'::regprocedure LOOP
        EXECUTE format('DROP TRIGGER note_change ON %1$s; DROP TRIGGER note_truncate ON %1$s', each.target);
    END LOOP;
    FOR each IN
        SELECT c.oid::regclass AS target FROM pg_catalog.pg_class c
        WHERE c.relnamespace = 'gb_part'::regnamespace AND c.relkind = 'r' AND c.relname ~ '_p[0-9]{6}_split$'
    LOOP
        EXECUTE format('DROP TABLE %s', each.target);
    END LOOP;
END
$$;
DROP FUNCTION gb_meta.split_undo(regclass);
DROP FUNCTION gb_meta.split_finish(regclass);
DROP FUNCTION gb_meta.split_swap(regclass, date[]);
DROP FUNCTION gb_meta.split_compare(regclass, date[]);
DROP FUNCTION gb_meta.split_drain(regclass, date, integer);
DROP FUNCTION gb_meta.validate_all(regclass);
DROP FUNCTION gb_meta.split_reference(regclass, date);
DROP FUNCTION gb_meta.split_index(regclass, date);
DROP FUNCTION gb_meta.split_copy(regclass, date, timestamptz, uuid, integer);
DROP FUNCTION gb_meta.split_begin(regclass, date[]);
DROP FUNCTION gb_meta.split_table(regclass, date);
DROP FUNCTION gb_meta.split_columns(regclass);
DROP FUNCTION gb_meta.attach_lacks(regclass, regclass);
DROP FUNCTION gb_meta.index_shapes(regclass);
DROP FUNCTION gb_meta.refuse_truncate();
DROP FUNCTION gb_meta.note_change();
DELETE FROM gb_meta.access_tables WHERE table_name = 'gb_meta.partition_changes';
DROP TABLE gb_meta.partition_changes;
