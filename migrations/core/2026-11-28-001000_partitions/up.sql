-- What moving partitions about needs: closing a table, giving a partition other bounds, months below an open one.
--
-- * gb_meta.close_partition takes back what anybody but the owner was given, and enables row-level security without a
--   policy: for a table that becomes a partition, and for one that was.
-- * gb_meta.rebound_partition gives a partition other bounds in the caller's transaction. A CHECK that says the same as
--   the new bounds must be there and valid, or ATTACH reads the whole table while everybody waits.
-- * gb_meta.ensure_partition knows that the partition which is open to the past holds all earlier months, too.
--
-- Locks: none but on the functions themselves.

CREATE FUNCTION gb_meta.close_partition(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT p.polname FROM pg_policy p WHERE p.polrelid = target LOOP
        EXECUTE format('DROP POLICY %I ON %s', each.polname, target);
    END LOOP;
    FOR each IN
        SELECT DISTINCT a.grantee
        FROM pg_class c, LATERAL aclexplode(c.relacl) a
        WHERE c.oid = target AND a.grantee <> c.relowner
        UNION
        SELECT DISTINCT a.grantee
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, LATERAL aclexplode(t.attacl) a
        WHERE c.oid = target AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', target,
            CASE WHEN each.grantee = 0 THEN 'PUBLIC' ELSE each.grantee::regrole::text END);
    END LOOP;
    IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = target) THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    END IF;
END
$$;
COMMENT ON FUNCTION gb_meta.close_partition(regclass) IS
    'Closes a table to everybody but its owner: no grants, row-level security without a policy';

CREATE FUNCTION gb_meta.rebound_partition(partition regclass, lower timestamptz, upper timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO'
AS $$
-- No lower bound: open to the past.
DECLARE
    parent regclass := (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = partition);
BEGIN
    -- Several locks one after the other: whoever waits for the first waits for all, so each is waited for a part only.
    PERFORM set_config('lock_timeout', '25ms', true);
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, partition);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%L)', parent, partition,
        CASE WHEN lower IS NULL THEN 'MINVALUE' ELSE quote_literal(lower) END, upper);
END
$$;
COMMENT ON FUNCTION gb_meta.rebound_partition(regclass, timestamptz, timestamptz) IS
    'Gives a partition other bounds, at once; without a lower one it is open to the past';

CREATE FUNCTION gb_meta.bound_check(partition regclass, lower timestamptz, upper timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO'
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS month_bound', partition);
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT month_bound CHECK (created_at < %L%s) NOT VALID', partition, upper,
        CASE WHEN lower IS NULL THEN '' ELSE format(' AND created_at >= %L', lower) END);
END
$$;
COMMENT ON FUNCTION gb_meta.bound_check(regclass, timestamptz, timestamptz) IS
    'Adds the bounds as a CHECK that is yet to be validated, so that ATTACH need not read the table';

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
        WHERE i.inhparent = parent AND (
            c.relname = gb_meta.partition_name(parent, month)
            -- The one that is open to the past bears the name of its last month, and holds those before.
            OR (c.relname > gb_meta.partition_name(parent, month)
                AND pg_catalog.pg_get_expr(c.relpartbound, 0) LIKE 'FOR VALUES FROM (MINVALUE)%'))
    ) THEN
        RETURN false;
    END IF;
    first := NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = parent);
    PERFORM gb_meta.create_partition(parent, month, first);
    PERFORM gb_meta.attach_partition(parent, month, first);
    RETURN true;
END
$$;
