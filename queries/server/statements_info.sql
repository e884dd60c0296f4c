-- purpose: when the counters of pg_stat_statements were reset, and how often it had to forget statements
-- privilege: none
-- cost: two figures in shared memory
SELECT
    i.dealloc AS forgotten,
    i.stats_reset
FROM /*schema*/pg_stat_statements_info i
