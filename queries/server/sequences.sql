-- purpose: how much of its range each sequence has used, the narrowest column that takes its values included; a locked or forbidden one has no value
-- privilege: none
-- cost: the catalog, and one page of each sequence (1,000 sequences: about 15 ms, every 5 minutes); reading a sequence
--       locks it until the statement ends, hence the guard, and no more than $2 at once: those from $1 on
WITH held AS MATERIALIZED (
    -- The read takes ROW EXCLUSIVE: it would wait for those who hold, or wait for, a lock against it.
    SELECT DISTINCT k.relation
    FROM pg_locks k
    WHERE
        k.locktype = 'relation'
        AND k.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
),

-- Columns that take a sequence's values: those that own it (identity, serial), and those whose default draws from it.
fed AS MATERIALIZED (
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS attnum, d.deptype = 'i' AS identity
    FROM pg_depend d
    JOIN pg_sequence q ON q.seqrelid = d.objid
    WHERE
        d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
        AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.refobjid, a.adrelid, a.adnum, false
    FROM pg_depend d
    JOIN pg_attrdef a ON a.oid = d.objid
    WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
),

-- Their values go on into the columns that refer to them, which may be narrower.
filled AS MATERIALIZED (
    SELECT f.sequence, f.relation, f.attnum, f.identity, false AS refers FROM fed f
    UNION ALL
    SELECT f.sequence, c.conrelid, c.conkey[1], false, true
    FROM fed f
    JOIN pg_constraint c ON c.contype = 'f' AND c.confrelid = f.relation AND c.confkey = ARRAY[f.attnum]::smallint[]
    WHERE c.conparentid = 0
),

columns AS MATERIALIZED (
    SELECT
        f.sequence,
        CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || t.relname || '.' || a.attname AS name,
        f.identity,
        f.refers,
        format_type(a.atttypid, NULL) AS type,
        CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END::bigint AS most
    FROM filled f
    JOIN pg_class t ON t.oid = f.relation AND t.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.attnum
),

narrowest AS MATERIALIZED (
    SELECT DISTINCT ON (c.sequence) c.* FROM columns c ORDER BY c.sequence, c.most NULLS LAST, c.refers, c.name
),

owner AS MATERIALIZED (
    SELECT DISTINCT ON (c.sequence) c.* FROM columns c WHERE NOT c.refers
    ORDER BY c.sequence, c.identity DESC, c.most NULLS LAST, c.name
),

-- The lock table is all sessions' (6,400 entries by default): to read thousands at once would leave little of it to them.
picked AS MATERIALIZED (
    SELECT s.* FROM pg_sequence s WHERE s.seqrelid > $1::oid ORDER BY s.seqrelid LIMIT $2
),

known AS MATERIALIZED (
    SELECT
        c.oid,
        n.nspname,
        c.relname,
        s.*,
        h.relation IS NOT NULL AS locked,
        has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable,
        CASE
            WHEN h.relation IS NULL
                AND has_schema_privilege(n.oid, 'USAGE')
                AND has_sequence_privilege(c.oid, 'SELECT, USAGE')
                AND c.relpersistence <> 't'
                AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
                THEN pg_sequence_last_value(c.oid)
        END AS last_value
    FROM picked s
    JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN held h ON h.relation = c.oid
),

judged AS MATERIALIZED (
    SELECT
        k.*,
        CASE WHEN k.seqincrement > 0 THEN least(k.seqmax, w.most) ELSE k.seqmin END AS limit_value,
        w.most < k.seqmax AND k.seqincrement > 0 AS narrower
    FROM known k
    LEFT JOIN narrowest w ON w.sequence = k.oid
)

SELECT
    j.oid::bigint AS id,
    CASE WHEN j.nspname = 'public' THEN j.relname::text ELSE j.nspname || '.' || j.relname END AS name,
    j.nspname::text AS schema,
    coalesce(o.name, '') AS "column",
    coalesce(o.identity, false) AS identity,
    coalesce(o.type, format_type(j.seqtypid, NULL)) AS type,
    j.last_value,
    j.limit_value,
    -- The share of the way from its first value to the last, by the narrowest that must hold it.
    CASE WHEN j.last_value IS NOT NULL THEN least(greatest((j.last_value::numeric - CASE WHEN j.seqincrement > 0 THEN j.seqmin ELSE j.seqmax END)::float8
        / nullif((j.limit_value::numeric - CASE WHEN j.seqincrement > 0 THEN j.seqmin ELSE j.seqmax END)::float8, 0), 0), 1
    ) END AS used_share,
    j.seqincrement AS increment,
    j.seqcycle AS cycle,
    CASE WHEN j.narrower THEN w.name ELSE '' END AS narrow_column,
    CASE WHEN j.narrower THEN w.type ELSE '' END AS narrow_type,
    coalesce(j.narrower AND w.refers, false) AS refers,
    j.locked,
    j.readable
FROM judged j
LEFT JOIN narrowest w ON w.sequence = j.oid
LEFT JOIN owner o ON o.sequence = j.oid
ORDER BY j.oid
