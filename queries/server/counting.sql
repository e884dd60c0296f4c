-- purpose: the server's clock, its start, and since when the statistics of this database count
-- privilege: none
-- cost: one entry of the statistics
SELECT
    clock_timestamp() AS at,
    pg_postmaster_start_time() AS started_at,
    d.stats_reset
FROM pg_stat_database d
WHERE d.datname = current_database()
