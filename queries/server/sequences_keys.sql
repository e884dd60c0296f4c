-- purpose: integer keys that no sequence fills: how near their largest values are to the type's end, as the planner's statistics know
-- privilege: none
-- cost: the catalog and one row of pg_stats for each smallint or integer key; no table is read
SELECT
    CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname || '.' || a.attname AS name,
    format_type(a.atttypid, NULL) AS type,
    CASE a.atttypid WHEN 'int2'::regtype THEN 32767 ELSE 2147483647 END::bigint AS limit_value,
    (s.histogram_bounds::text::bigint[])[cardinality(s.histogram_bounds::text::bigint[])] AS last_value,
    has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
LEFT JOIN pg_stats s
    ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')
WHERE
    x.indisunique AND x.indnkeyatts = 1 AND x.indpred IS NULL
    AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
    AND a.attidentity = ''
    AND NOT c.relispartition
    AND NOT EXISTS (
        SELECT FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
        JOIN pg_sequence q ON q.seqrelid = d.refobjid
        WHERE f.adrelid = c.oid AND f.adnum = a.attnum AND d.refclassid = 'pg_class'::regclass
    )
ORDER BY 4 DESC NULLS LAST, 1
LIMIT $1
