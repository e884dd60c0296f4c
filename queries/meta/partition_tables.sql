-- purpose: every monthly partition, and the tables that were one: bounds, size, state, whether it is closed to all but its owner
-- privilege: none
-- cost: reads the catalog of partitions and asks the file system for the size of each; of a table that an ACCESS EXCLUSIVE lock holds (or awaits) the size is left out
WITH parent AS MATERIALIZED (
    SELECT p.partrelid AS oid, n.nspname, c.relname
    FROM pg_partitioned_table p
    JOIN pg_class c ON c.oid = p.partrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE
        p.partstrat = 'r' AND p.partnatts = 1 AND a.atttypid = 'timestamptz'::regtype
        -- One that is only being made lies among its partitions.
        AND c.relnamespace IS DISTINCT FROM to_regnamespace('gb_part')
), part AS MATERIALIZED (
    SELECT i.inhparent AS parent, i.inhrelid AS oid, CASE WHEN i.inhdetachpending THEN 'detaching' ELSE 'attached' END AS state
    FROM pg_inherits i
    JOIN parent ON parent.oid = i.inhparent
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.relname ~ '_p[0-9]{4}(0[1-9]|1[0-2])$'
    UNION ALL
    SELECT parent.oid, c.oid, CASE WHEN c.relname ~ '_split$' THEN 'loading' ELSE 'detached' END
    FROM parent
    JOIN pg_class c ON
        c.relnamespace = to_regnamespace('gb_part') AND c.relkind = 'r'
        AND starts_with(c.relname, parent.relname || '_p')
        AND substr(c.relname, length(parent.relname) + 1) ~ '^_p[0-9]{4}(0[1-9]|1[0-2])(_split|_detached[0-9_]*)?$'
    WHERE NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
), locked AS MATERIALIZED (
    SELECT DISTINCT coalesce(x.indrelid, k.relation) AS oid
    FROM pg_locks k
    LEFT JOIN pg_index x ON x.indexrelid = k.relation
    WHERE
        k.locktype = 'relation'
        AND k.mode = 'AccessExclusiveLock'
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
), dated AS (
    SELECT
        part.*,
        c.relname,
        c.relnamespace,
        c.relowner,
        c.relacl,
        c.relrowsecurity,
        c.reltuples,
        -- A bound has no columns: without the table's number it is printed without opening it.
        pg_get_expr(c.relpartbound, 0) AS bound,
        to_date(substring(c.relname FROM '_p([0-9]{6})'), 'YYYYMM')::timestamp AT TIME ZONE 'UTC' AS month,
        obj_description(c.oid, 'pg_class') LIKE '%and everything before%' AS open_once
    FROM part
    JOIN pg_class c ON c.oid = part.oid
)
SELECT
    parent.nspname::text AS schema,
    parent.relname::text AS "table",
    d.relnamespace::regnamespace::text AS part_schema,
    d.relname::text AS partition,
    CASE
        WHEN d.bound IS NOT NULL THEN substring(d.bound FROM 'FROM \(''([^'']+)''\)')::timestamptz
        WHEN NOT coalesce(d.open_once, false) THEN d.month
    END AS lower,
    CASE
        WHEN d.bound IS NOT NULL THEN substring(d.bound FROM 'TO \(''([^'']+)''\)')::timestamptz
        ELSE (d.month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
    END AS upper,
    CASE WHEN d.reltuples >= 0 THEN d.reltuples::bigint END AS rows_estimate,
    CASE WHEN d.oid NOT IN (SELECT locked.oid FROM locked) THEN pg_total_relation_size(d.oid) END AS total_bytes,
    d.state,
    d.relrowsecurity AND NOT EXISTS (
        SELECT FROM aclexplode(d.relacl) a WHERE a.grantee <> d.relowner
    ) AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = d.oid AND p.polpermissive) AS closed
FROM dated d
JOIN parent ON parent.oid = d.parent
ORDER BY parent.nspname, parent.relname, d.month DESC, d.relname
