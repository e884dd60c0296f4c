-- purpose: how many rows were ever inserted into message_history, all partitions together
-- privilege: none
-- cost: one statistics entry a partition; no table is read
SELECT sum(pg_stat_get_tuples_inserted(p.relid))::bigint AS inserted
FROM pg_partition_tree(to_regclass('message_history')) p
WHERE p.isleaf
