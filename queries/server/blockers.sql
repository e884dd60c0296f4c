-- purpose: whom each of the backends $1 waits for; 0 is a prepared transaction
-- privilege: none
-- cost: pg_blocking_pids for each, which stops the lock manager for a moment
SELECT p.pid::int AS pid, pg_blocking_pids(p.pid::int)::oid[] AS blocked_by
FROM unnest($1::oid[]) AS p (pid)
