-- purpose: how far the process $1 is with building an index
-- privilege: none for one's own; others' figures need pg_read_all_stats
-- cost: reads the progress of the builds that run
SELECT p.phase, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total
FROM pg_stat_progress_create_index p
WHERE p.pid = $1::integer
