-- purpose: what gbtui wrote down about each migration it applied: checksums, duration, who and with which version
-- privilege: SELECT on gb_meta.migration_log
-- cost: one small table
SELECT
    version::text AS version,
    name,
    up_sha256,
    down_sha256,
    applied_at,
    duration_ms,
    actor,
    tool_version
FROM gb_meta.migration_log
ORDER BY version COLLATE "C"
