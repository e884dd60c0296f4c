-- purpose: processes that may still commit an audit record of UTC month $1 or before: they have written to a partition of then
-- privilege: none
-- cost: the lock table
SELECT DISTINCT l.pid
FROM pg_locks l
JOIN pg_inherits i ON i.inhrelid = l.relation AND i.inhparent = 'gb_meta.audit_log'::regclass
JOIN pg_class c ON c.oid = i.inhrelid
WHERE l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND l.mode = 'RowExclusiveLock' AND l.granted
  -- The first partition is open to the past.
  AND (right(c.relname, 6) <= to_char($1::date, 'YYYYMM')
       OR c.oid = (SELECT f.oid FROM pg_inherits g JOIN pg_class f ON f.oid = g.inhrelid
                   WHERE g.inhparent = 'gb_meta.audit_log'::regclass ORDER BY f.relname LIMIT 1))
