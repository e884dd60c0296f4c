-- purpose: seconds since the oldest transaction began that writes now, or has been prepared; null: none is known
-- privilege: pg_read_all_stats, to know of the transactions of others; without it only one's own are seen
-- cost: one pass over the backend array and the prepared transactions; no table is read
SELECT greatest(
    (SELECT max(extract(epoch FROM clock_timestamp() - a.xact_start))
     FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL),
    (SELECT max(extract(epoch FROM clock_timestamp() - p.prepared)) FROM pg_catalog.pg_prepared_xacts p)
)::float8 AS age
