-- purpose: the cumulative counters of every database, and the WAL written, at one moment
-- privilege: none
-- cost: statistics in shared memory, one entry a database; no table is read
SELECT
    d.datid::bigint AS id,
    coalesce(d.datname::text, '') AS name,
    w.at,
    w.started_at,
    d.xact_commit AS commits,
    d.xact_rollback AS rollbacks,
    d.blks_read AS blocks_read,
    d.blks_hit AS blocks_hit,
    d.tup_returned AS rows_returned,
    d.tup_fetched AS rows_fetched,
    d.tup_inserted AS rows_inserted,
    d.tup_updated AS rows_updated,
    d.tup_deleted AS rows_deleted,
    d.temp_files,
    d.temp_bytes,
    d.conflicts,
    d.deadlocks,
    d.sessions,
    coalesce(d.checksum_failures, 0) AS checksum_failures,
    d.stats_reset,
    w.wal_bytes,
    w.wal_reset
FROM pg_stat_database d
CROSS JOIN (
    SELECT
        clock_timestamp() AS at,
        pg_postmaster_start_time() AS started_at,
        CASE
            WHEN pg_is_in_recovery()
                THEN pg_wal_lsn_diff(coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')
            ELSE s.wal_bytes
        END::bigint AS wal_bytes,
        s.stats_reset AS wal_reset
    FROM pg_stat_wal s
) w
