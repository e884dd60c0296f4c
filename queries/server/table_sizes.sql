-- purpose: bytes on disk of the given tables (heap, indexes, TOAST); tables that an ACCESS EXCLUSIVE lock holds (or awaits) are left out
-- privilege: none
-- cost: asks the file system for the files of the tables named in $1, a few microseconds each; pg_relation_size opens a relation, hence the guard
WITH wanted AS MATERIALIZED (
    SELECT c.oid, c.reltoastrelid FROM pg_class c WHERE c.oid = ANY($1::oid[])
),

parts AS MATERIALIZED (
    SELECT w.oid AS owner, w.oid AS part, 'table' AS kind FROM wanted w
    UNION ALL
    SELECT x.indrelid, x.indexrelid, 'index' FROM pg_index x WHERE x.indrelid = ANY($1::oid[])
    UNION ALL
    SELECT w.oid, w.reltoastrelid, 'toast' FROM wanted w WHERE w.reltoastrelid <> 0
    UNION ALL
    SELECT w.oid, x.indexrelid, 'toast' FROM wanted w JOIN pg_index x ON x.indrelid = w.reltoastrelid
    WHERE w.reltoastrelid <> 0
),

held AS MATERIALIZED (
    SELECT DISTINCT p.owner
    FROM pg_locks k
    JOIN parts p ON p.part = k.relation
    WHERE
        k.locktype = 'relation'
        AND k.mode = 'AccessExclusiveLock'
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
),

open AS MATERIALIZED (
    SELECT p.* FROM parts p WHERE p.owner NOT IN (SELECT h.owner FROM held h)
)

SELECT
    o.owner::bigint AS id,
    coalesce(sum(
        pg_relation_size(o.part) + pg_relation_size(o.part, 'fsm') + pg_relation_size(o.part, 'vm')
    ) FILTER (WHERE o.kind = 'table'), 0)::bigint AS table_bytes,
    coalesce(sum(pg_relation_size(o.part)) FILTER (WHERE o.kind = 'index'), 0)::bigint AS index_bytes,
    coalesce(sum(pg_relation_size(o.part)) FILTER (WHERE o.kind = 'toast'), 0)::bigint AS toast_bytes,
    clock_timestamp() AS measured_at
FROM open o
GROUP BY o.owner
