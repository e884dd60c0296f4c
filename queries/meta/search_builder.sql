-- purpose: the process that holds the advisory lock $1 of this database
-- privilege: none
-- cost: one pass over the lock table
SELECT k.pid
FROM pg_locks k
WHERE k.locktype = 'advisory' AND k.granted
AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
AND (k.classid::bigint << 32) | k.objid::bigint = $1::bigint
