-- purpose: integer keys that no sequence fills: how near their largest values are to the type's end, as the planner's statistics know
-- privilege: none
-- cost: the catalog, and pg_stats of the columns that are called as a smallint or integer key is; no table is read
WITH keys AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, a.attname, a.attnum, a.atttypid, c.relkind = 'p' AS inherited
    FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
    WHERE
        x.indisunique AND x.indnkeyatts = 1 AND x.indpred IS NULL
        AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'
        AND a.attidentity = ''
        AND NOT c.relispartition
        -- NOT IN is hashed; as a join the planner, who expects a row or two here, would compare all with all.
        AND (a.attrelid, a.attnum) NOT IN (
            SELECT f.adrelid, f.adnum
            FROM pg_attrdef f
            JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
            JOIN pg_sequence q ON q.seqrelid = d.refobjid
            WHERE d.refclassid = 'pg_class'::regclass
        )
),

-- Keys and statistics meet in groups, for the same reason.
merged AS (
    SELECT k.nspname, k.relname, k.attname, k.inherited, k.oid, k.attnum, k.atttypid, NULL AS bounds FROM keys k
    UNION ALL
    SELECT s.schemaname, s.tablename, s.attname, s.inherited, NULL, NULL, NULL, s.histogram_bounds::text
    FROM pg_stats s
    WHERE s.histogram_bounds IS NOT NULL AND s.attname = ANY (ARRAY(SELECT DISTINCT k.attname FROM keys k))
)

SELECT
    CASE WHEN b.nspname = 'public' THEN '' ELSE b.nspname || '.' END || b.relname || '.' || b.attname AS name,
    format_type(max(b.atttypid), NULL) AS type,
    CASE max(b.atttypid) WHEN 'int2'::regtype THEN 32767 ELSE 2147483647 END::bigint AS limit_value,
    substring(max(b.bounds) FROM '(-?[0-9]+)}$')::bigint AS last_value,
    has_column_privilege(max(b.oid), max(b.attnum), 'SELECT') AS readable
FROM merged b
GROUP BY b.nspname, b.relname, b.attname, b.inherited
HAVING max(b.oid) IS NOT NULL
ORDER BY 4 DESC NULLS LAST, 1
LIMIT $1
