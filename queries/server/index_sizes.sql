-- purpose: bytes on disk of the given indexes; those that an ACCESS EXCLUSIVE lock holds (or awaits) are left out
-- privilege: none
-- cost: asks the file system for the files of the indexes named in $1, a few microseconds each; pg_relation_size opens the index, hence the guard
WITH wanted AS MATERIALIZED (
    SELECT c.oid FROM pg_class c WHERE c.oid = ANY($1::oid[])
),

held AS MATERIALIZED (
    SELECT DISTINCT k.relation
    FROM pg_locks k
    WHERE
        k.locktype = 'relation'
        AND k.mode = 'AccessExclusiveLock'
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
),

open AS MATERIALIZED (
    SELECT w.oid FROM wanted w WHERE w.oid NOT IN (SELECT h.relation FROM held h)
)

SELECT
    o.oid::bigint AS id,
    0::bigint AS table_bytes,
    pg_relation_size(o.oid) AS index_bytes,
    0::bigint AS toast_bytes,
    clock_timestamp() AS measured_at
FROM open o
