-- purpose: the migrations that gbtui applied within the last day
-- privilege: SELECT on gb_meta.migration_log
-- cost: one small table
SELECT
    m.version,
    m.name,
    m.applied_at,
    m.actor
FROM gb_meta.migration_log m
WHERE m.applied_at > now() - interval '1 day'
ORDER BY m.applied_at DESC, m.version DESC
