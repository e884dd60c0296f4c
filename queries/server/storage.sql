-- purpose: where the server keeps what, and the bytes of the directories that are cheap to list: WAL, temporary files, server log
-- privilege: pg_monitor
-- cost: lists the WAL, log and temporary directories and asks the file system for each file's size
SELECT
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    current_setting('data_directory') AS data_directory,
    current_setting('log_directory') AS log_directory,
    (SELECT coalesce(sum(w.size), 0)::bigint FROM pg_ls_waldir() w) AS wal_bytes,
    -- The directory may not exist where the server collects no log.
    CASE
        WHEN current_setting('logging_collector')::boolean
            THEN (SELECT coalesce(sum(l.size), 0)::bigint FROM pg_ls_logdir() l)
    END AS log_bytes,
    (
        SELECT coalesce(sum(f.size), 0)::bigint
        FROM pg_tablespace t
        CROSS JOIN LATERAL pg_ls_tmpdir(t.oid) f
        WHERE t.spcname <> 'pg_global'
    ) AS temporary_bytes
