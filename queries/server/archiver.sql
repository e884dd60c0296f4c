-- purpose: the WAL archiver: whether it is on, what it archived and what failed last
-- privilege: none
-- cost: one row of statistics in shared memory and a few settings
SELECT
    current_setting('archive_mode') AS mode,
    pg_is_in_recovery() AS in_recovery,
    coalesce((SELECT s.setting <> '' FROM pg_settings s WHERE s.name = 'archive_command'), false)
        OR coalesce((SELECT s.setting <> '' FROM pg_settings s WHERE s.name = 'archive_library'), false) AS has_command,
    current_setting('wal_level') AS wal_level,
    a.archived_count AS archived,
    coalesce(a.last_archived_wal, '') AS last_archived_wal,
    date_part('epoch', clock_timestamp() - a.last_archived_time) AS last_archived_age,
    a.failed_count AS failures,
    coalesce(a.last_failed_wal, '') AS last_failed_wal,
    date_part('epoch', clock_timestamp() - a.last_failed_time) AS last_failed_age,
    a.stats_reset
FROM pg_stat_archiver a
