-- purpose: the tables of this database that nobody can read now, because an ACCESS EXCLUSIVE lock is held or awaited, and whose lock it is
-- privilege: none
-- cost: one pass over the lock table; asked only after a statement of ours gave up waiting
SELECT
    CASE WHEN n.nspname = 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name,
    array_agg(DISTINCT k.pid ORDER BY k.pid) FILTER (WHERE k.pid IS NOT NULL) AS pids
FROM pg_locks k
JOIN pg_class c ON c.oid = k.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    k.locktype = 'relation'
    AND k.mode = 'AccessExclusiveLock'
    AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    AND c.relkind IN ('r', 'p', 'm')
    AND n.nspname !~ '^pg_(toast|temp)'
    -- Who locks a partitioned table locks its partitions too: it is named alone.
    AND NOT EXISTS (
        SELECT FROM pg_inherits i JOIN pg_locks p ON p.relation = i.inhparent
        WHERE i.inhrelid = c.oid AND p.pid = k.pid AND p.mode = k.mode
    )
GROUP BY n.nspname, c.relname
ORDER BY 1
LIMIT $1
