-- purpose: every index of the users' tables as its definition makes it: keys, classes, predicate, what holds it in place
-- privilege: none
-- cost: one pass over the catalog (20,000 indexes: about 300 ms, every 10 min while watched); expressions and predicates are read only of tables that nobody has locked away
WITH held AS MATERIALIZED (
    SELECT DISTINCT k.relation
    FROM pg_locks k
    WHERE
        k.locktype = 'relation'
        AND k.mode = 'AccessExclusiveLock'
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
),

building AS MATERIALIZED (
    SELECT p.index_relid, p.relid FROM pg_stat_progress_create_index p
    UNION ALL
    -- Whose progress is hidden from this role may build where somebody holds the lock of a build.
    SELECT NULL, k.relation FROM pg_locks k
    WHERE
        k.locktype = 'relation'
        AND k.mode = 'ShareUpdateExclusiveLock'
        AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
        AND EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid IS NULL)
)

SELECT
    x.indexrelid::bigint AS id,
    x.indrelid::bigint AS table_id,
    n.nspname::text AS schema,
    t.relname::text AS table_name,
    i.relname::text AS name,
    a.amname::text AS method,
    i.relkind = 'I' AS partitioned,
    CASE WHEN i.relispartition THEN (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = x.indexrelid) END::bigint AS parent,
    (x.indkey::smallint[])[0:x.indnkeyatts - 1] AS keys,
    (x.indkey::smallint[])[x.indnkeyatts:] AS included,
    x.indclass::oid[]::bigint[] AS classes,
    x.indcollation::oid[]::bigint[] AS collations,
    x.indoption::smallint[] AS options,
    coalesce((
        SELECT array_agg(coalesce(c.attname::text, '') ORDER BY k.at)
        FROM unnest(x.indkey::smallint[]) WITH ORDINALITY k(attnum, at)
        LEFT JOIN pg_attribute c ON c.attrelid = x.indrelid AND c.attnum = k.attnum
        WHERE k.at <= x.indnkeyatts
    ), '{}') AS columns,
    coalesce((
        SELECT array_agg(coalesce(c.attcollation::bigint, 0) ORDER BY k.at)
        FROM unnest(x.indkey::smallint[]) WITH ORDINALITY k(attnum, at)
        LEFT JOIN pg_attribute c ON c.attrelid = x.indrelid AND c.attnum = k.attnum
        WHERE k.at <= x.indnkeyatts
    ), '{}') AS column_collations,
    x.indexprs IS NOT NULL AS has_expression,
    x.indpred IS NOT NULL AS has_predicate,
    CASE WHEN x.indexprs IS NOT NULL AND h.relation IS NULL THEN pg_get_expr(x.indexprs, x.indrelid) END AS expressions,
    CASE WHEN x.indpred IS NOT NULL AND h.relation IS NULL THEN pg_get_expr(x.indpred, x.indrelid) END AS predicate,
    x.indisunique AS is_unique,
    -- The column came with PostgreSQL 15.
    x.indisunique AND coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
    x.indimmediate AS immediate,
    x.indisprimary AS is_primary,
    x.indisexclusion AS is_exclusion,
    coalesce((
        SELECT c.conname::text FROM pg_constraint c
        WHERE c.conindid = x.indexrelid AND c.conrelid = x.indrelid AND c.contype IN ('p', 'u', 'x') LIMIT 1
    ), '') AS constraint_name,
    EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype = 'f') AS is_referenced,
    x.indisreplident AS is_replica_identity,
    x.indisclustered AS is_clustered,
    EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = x.indrelid AND d.deptype = 'e')
        AS of_extension,
    x.indisvalid AS valid,
    x.indisready AS ready,
    EXISTS (
        SELECT FROM building b
        WHERE b.index_relid = x.indexrelid OR (b.relid = x.indrelid AND NOT x.indisvalid)
    ) AS building,
    h.relation IS NOT NULL AS locked,
    coalesce(i.reloptions @> '{deduplicate_items=off}' OR i.reloptions @> '{deduplicate_items=false}', false) AS no_deduplication,
    coalesce(substring(array_to_string(i.reloptions, ',') FROM 'fillfactor=(\d+)')::integer, 90) AS fillfactor,
    i.relpages AS pages,
    greatest(i.reltuples, 0)::double precision AS entries,
    greatest(t.reltuples, 0)::double precision AS table_rows,
    t.relpages AS table_pages,
    coalesce(pg_stat_get_numscans(x.indexrelid), 0) AS scans,
    coalesce(
        pg_stat_get_tuples_inserted(t.oid) + pg_stat_get_tuples_updated(t.oid) - pg_stat_get_tuples_hot_updated(t.oid)
        + pg_stat_get_tuples_deleted(t.oid), 0
    ) AS written,
    coalesce(pg_stat_get_mod_since_analyze(t.oid), 0) AS changed_since_analyze
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_am a ON a.oid = i.relam
LEFT JOIN held h ON h.relation IN (x.indrelid, x.indexrelid)
WHERE
    t.relkind IN ('r', 'm', 'p')
    AND t.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
