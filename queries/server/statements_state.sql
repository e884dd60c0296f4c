-- purpose: whether pg_stat_statements is loaded, installed here, in which schema and with which columns, and whether it counts
-- privilege: none
-- cost: catalog look-ups of a few rows
SELECT
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    e.extversion AS version,
    n.nspname::text AS schema,
    coalesce(f.names, '{}') AS columns,
    m.setting IS NOT NULL AS loaded,
    coalesce(t.setting, '') AS track,
    current_setting('compute_query_id') AS compute_query_id,
    current_setting('track_io_timing')::bool AS io_timing
FROM (SELECT 'pg_stat_statements'::name AS name) w
LEFT JOIN pg_extension e ON e.extname = w.name
LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_settings m ON m.name = 'pg_stat_statements.max'
LEFT JOIN pg_settings t ON t.name = 'pg_stat_statements.track'
LEFT JOIN LATERAL (
    SELECT p.proargnames AS names
    FROM pg_depend d
    JOIN pg_proc p ON p.oid = d.objid
    WHERE
        d.classid = 'pg_proc'::regclass
        AND d.refclassid = 'pg_extension'::regclass
        AND d.refobjid = e.oid
        AND d.deptype = 'e'
        AND p.proname = 'pg_stat_statements'
    LIMIT 1
) f ON true
