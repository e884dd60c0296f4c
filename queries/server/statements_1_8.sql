-- purpose: the counters of every statement that pg_stat_statements knows, as its version 1.8 has it; without texts
-- privilege: pg_read_all_stats
-- cost: shared memory, one entry a statement (10,000: about 30 ms and 1.5 MB, every 15 s); the file of texts is not read
-- versions: -16
SELECT
    s.queryid AS query_id,
    s.userid::bigint AS user_id,
    s.dbid::bigint AS database_id,
    true AS toplevel,
    s.calls,
    s.total_exec_time AS exec_ms,
    s.total_plan_time AS plan_ms,
    s.rows,
    s.shared_blks_hit + s.local_blks_hit AS blocks_hit,
    s.shared_blks_read + s.local_blks_read AS blocks_read,
    s.temp_blks_written AS temp_blocks,
    s.blk_read_time + s.blk_write_time AS io_ms,
    s.wal_bytes::bigint AS wal_bytes,
    s.max_exec_time AS max_ms,
    NULL::timestamptz AS since
FROM /*schema*/pg_stat_statements(false) s
WHERE s.queryid IS NOT NULL
