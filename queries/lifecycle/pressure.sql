-- purpose: who is in our way or we in theirs: waits for locks on tables $1 and their partitions, and how far the slowest standby is behind
-- privilege: pg_read_all_stats, to see standbys
-- cost: one pass over the lock table, a row a walsender; asked a few times a second while many rows are deleted
SELECT
    (
        SELECT count(*)
        FROM pg_locks k
        WHERE
            NOT k.granted
            AND k.pid <> pg_backend_pid()
            AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            AND (
                k.relation = ANY($1::oid[])
                OR k.relation IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = ANY($1::oid[]))
            )
    ) AS waiting,
    (
        SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn))::bigint FROM pg_stat_replication r
        WHERE r.state = 'streaming'
    ) AS behind_bytes
