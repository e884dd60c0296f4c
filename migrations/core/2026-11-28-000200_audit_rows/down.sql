-- Takes the row triggers from every table that has them, the seals and the functions. Audit records stay.

DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT t.tgrelid::regclass AS target, t.tgname
        FROM pg_catalog.pg_trigger t
        WHERE t.tgfoid = 'gb_meta.audit_row()'::regprocedure AND t.tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.target);
    END LOOP;
END
$$;

DROP FUNCTION gb_meta.audit_expired(interval);
DELETE FROM gb_meta.access_tables WHERE table_name = 'gb_meta.audit_seals';
DROP TABLE gb_meta.audit_seals;
DROP INDEX gb_meta.audit_log_object_id_created_at_idx;
DROP FUNCTION gb_meta.audit_rows(regclass, text[]);
DROP FUNCTION gb_meta.audit_row();
DROP FUNCTION gb_meta.audited(jsonb, text[]);
DROP FUNCTION gb_meta.without_secrets(jsonb);
DROP FUNCTION gb_meta.is_secret(text);
