-- purpose: cancel what the backends $1 run, of those that are still the ones that began at $2; what each did, no row for others
-- privilege: pg_signal_backend
-- cost: one pass over the backend array, and a signal each
SELECT a.pid, a.state, a.query_start, pg_cancel_backend(a.pid) AS sent
FROM unnest($1::oid[], $2::timestamptz[]) AS w (pid, started)
JOIN pg_stat_activity a ON a.pid = w.pid::int AND a.backend_start = w.started
