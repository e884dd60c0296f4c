-- purpose: the locks on relations that this session holds, weak reads left out; what a rehearsal reports
-- privilege: none
-- cost: the lock table
SELECT l.relation::bigint AS oid, l.mode::text AS mode
FROM pg_catalog.pg_locks AS l
WHERE l.pid = pg_catalog.pg_backend_pid()
    AND l.locktype = 'relation'
    AND l.granted
    AND l.mode <> 'AccessShareLock'
