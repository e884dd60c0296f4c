-- purpose: settings that are not the built-in default, or wait for a restart; with the moments of the start and of the last load
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
ORDER BY s.pending_restart DESC, s.name
