-- purpose: the WAL directory, and what keeps files in it: each slot, wal_keep_size, the archiver's backlog, the last checkpoint
-- privilege: pg_monitor
-- cost: lists two directories and asks the file system for each file's size; one row a slot
WITH place AS MATERIALIZED (
    SELECT
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn,
        pg_size_bytes(current_setting('wal_segment_size')) AS segment
),

directory AS MATERIALIZED (
    SELECT count(*) AS files, coalesce(sum(d.size), 0)::bigint AS bytes FROM pg_ls_waldir() d
),

held AS (
    SELECT
        'slot' AS holder,
        s.slot_name::text AS name,
        pg_wal_lsn_diff(p.lsn, s.restart_lsn)::bigint AS held_bytes,
        nullif(pg_size_bytes(current_setting('max_slot_wal_keep_size')), -1) AS limit_bytes,
        CASE WHEN s.active THEN 'active' ELSE 'inactive' END AS state,
        (to_jsonb(s) ->> 'inactive_since')::timestamptz AS since
    FROM pg_replication_slots s
    CROSS JOIN place p
    WHERE s.restart_lsn IS NOT NULL
    UNION ALL
    SELECT 'wal_keep_size', '', pg_size_bytes(current_setting('wal_keep_size')), NULL, 'set', NULL
    WHERE pg_size_bytes(current_setting('wal_keep_size')) > 0
    UNION ALL
    SELECT
        'archiver',
        coalesce(a.last_failed_wal, a.last_archived_wal, ''),
        (SELECT count(*) FROM pg_ls_archive_statusdir() f WHERE f.name LIKE '%.ready') * p.segment,
        NULL,
        CASE
            WHEN a.last_failed_time IS NOT NULL AND a.last_failed_time >= coalesce(a.last_archived_time, '-infinity')
                THEN 'failing'
            ELSE 'archiving'
        END,
        a.last_archived_time
    FROM pg_stat_archiver a
    CROSS JOIN place p
    WHERE current_setting('archive_mode') = 'always'
        OR (current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery())
    UNION ALL
    SELECT
        'checkpoint', '', pg_wal_lsn_diff(p.lsn, k.redo_lsn)::bigint,
        pg_size_bytes(current_setting('max_wal_size')), 'last', k.checkpoint_time
    FROM pg_control_checkpoint() k
    CROSS JOIN place p
)

SELECT
    h.holder,
    h.name,
    greatest(h.held_bytes, 0) AS held_bytes,
    h.limit_bytes,
    h.state,
    h.since,
    d.files AS directory_files,
    d.bytes AS directory_bytes
FROM held h
CROSS JOIN directory d
ORDER BY h.held_bytes DESC NULLS LAST, h.holder, h.name
