-- purpose: how often each index of the users' tables was scanned on this node, by its number and name: a standby counts its own
-- privilege: none
-- cost: the catalog and the statistics in shared memory (20,000 indexes: about 60 ms, every 10 min while watched); no relation is opened
SELECT
    x.indexrelid::bigint AS id,
    n.nspname::text AS schema,
    i.relname::text AS name,
    coalesce(pg_stat_get_numscans(x.indexrelid), 0) AS scans
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE
    i.relkind = 'i'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
