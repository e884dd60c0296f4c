-- purpose: how often and how long WAL was written and synced, by all processes, since the statistics were reset
-- privilege: none
-- cost: statistics in shared memory; PostgreSQL 18 and later, where pg_stat_wal no longer tells it
-- versions: 18-
SELECT
    coalesce(sum(s.writes), 0)::bigint AS writes,
    coalesce(sum(s.fsyncs), 0)::bigint AS syncs,
    coalesce(sum(s.write_time), 0)::float8 AS write_time,
    coalesce(sum(s.fsync_time), 0)::float8 AS sync_time,
    max(s.stats_reset) AS io_reset
FROM pg_stat_io s
WHERE s.object = 'wal' AND s.context = 'normal'
