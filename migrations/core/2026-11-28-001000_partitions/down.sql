DROP FUNCTION gb_meta.bound_check(regclass, timestamptz, timestamptz);
DROP FUNCTION gb_meta.rebound_partition(regclass, timestamptz, timestamptz);
DROP FUNCTION gb_meta.close_partition(regclass);

CREATE OR REPLACE FUNCTION gb_meta.ensure_partition(parent regclass, month date) RETURNS boolean
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
