-- purpose: indexes that no query may use, told apart by whether they are being built right now
-- privilege: none
-- cost: one pass over pg_index (20,000 indexes: some ms, every 5 min); no relation is opened
SELECT
    n.nspname::text AS schema,
    t.relname::text AS table_name,
    i.relname::text AS name,
    i.relkind = 'I' AS partitioned,
    x.indisunique AS is_unique,
    x.indisready AS ready,
    i.relpages::bigint * 8192 AS about_bytes,
    -- A standby does not know what its primary builds. A build holds ShareUpdateExclusiveLock on the table from its
    -- beginning to its end; whose progress is hidden from this role may be one.
    pg_is_in_recovery() OR EXISTS (
        SELECT FROM pg_stat_progress_create_index p
        WHERE p.index_relid = x.indexrelid OR (p.relid = x.indrelid AND i.relname ~ '_cc(new|old)[0-9]*$')
    ) OR (
        EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid IS NULL)
        AND EXISTS (
            SELECT FROM pg_locks k
            WHERE
                k.locktype = 'relation'
                AND k.relation = x.indrelid
                AND k.mode = 'ShareUpdateExclusiveLock'
                AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
        )
    ) AS building,
    i.relname ~ '_cc(new|old)[0-9]*$' AS of_reindex
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE NOT x.indisvalid AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY i.relpages DESC
LIMIT 100
