-- purpose: settings that are not the built-in default, or wait for a restart; reserved_connections where it is missed; with the moments of the start and of the last load
-- privilege: none
-- cost: one pass over the settings (about 400 rows), every minute
SELECT
    s.name,
    s.setting AS value,
    coalesce(s.unit, '') AS unit,
    coalesce(s.boot_val, '') AS default_value,
    s.source,
    s.context,
    s.category,
    s.pending_restart,
    coalesce(s.sourcefile, '') AS file,
    s.sourceline AS line,
    pg_postmaster_start_time() AS started_at,
    pg_conf_load_time() AS loaded_at
FROM pg_settings s
WHERE
    s.pending_restart
    OR s.source NOT IN ('default', 'override', 'client', 'session', 'interactive', 'test')
    -- Nobody misses it but where there are roles that may use it.
    OR (
        s.name = 'reserved_connections' AND s.setting = '0'
        AND EXISTS (
            SELECT FROM pg_auth_members m
            JOIN pg_roles g ON g.oid = m.roleid
            JOIN pg_roles r ON r.oid = m.member
            WHERE g.rolname = 'pg_use_reserved_connections' AND r.rolname IN ('gb_viewer', 'gb_operator', 'gb_dba')
        )
    )
ORDER BY s.pending_restart DESC, s.name
