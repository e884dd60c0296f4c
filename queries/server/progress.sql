-- purpose: the commands that report their progress: vacuum, analyze, index builds, CLUSTER and VACUUM FULL, base backups, COPY
-- privilege: pg_read_all_stats
-- cost: six passes over the backend array, one row a running command; each row whole, as its columns differ by version
WITH running AS (
    SELECT p.pid, p.datid, p.relid, 'vacuum' AS command, to_jsonb(p) AS details FROM pg_stat_progress_vacuum p
    UNION ALL
    SELECT p.pid, p.datid, p.relid, 'analyze', to_jsonb(p) FROM pg_stat_progress_analyze p
    UNION ALL
    SELECT p.pid, p.datid, p.relid, 'create_index', to_jsonb(p) FROM pg_stat_progress_create_index p
    UNION ALL
    SELECT p.pid, p.datid, p.relid, 'cluster', to_jsonb(p) FROM pg_stat_progress_cluster p
    UNION ALL
    SELECT p.pid, NULL, NULL, 'basebackup', to_jsonb(p) FROM pg_stat_progress_basebackup p
    UNION ALL
    SELECT p.pid, p.datid, p.relid, 'copy', to_jsonb(p) FROM pg_stat_progress_copy p
)

SELECT
    r.pid,
    r.command,
    coalesce(d.datname::text, '') AS database,
    -- Only of our own database can the catalog tell the name.
    coalesce((
        SELECT CASE WHEN n.nspname = 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = r.relid AND d.datname = current_database()
    ), '#' || nullif(r.relid, 0)::text, '') AS relation,
    coalesce((
        SELECT c.relname::text FROM pg_class c
        WHERE c.oid = (r.details ->> CASE r.command
            WHEN 'create_index' THEN 'index_relid'
            WHEN 'cluster' THEN 'cluster_index_relid'
        END)::oid AND d.datname = current_database()
    ), '') AS "index",
    r.details::text AS details,
    coalesce(a.backend_type, '') AS kind,
    coalesce(a.usename::text, '') AS "user",
    coalesce(a.application_name, '') AS application,
    coalesce(a.wait_event_type, '') AS wait_type,
    coalesce(a.wait_event, '') AS wait_event,
    date_part('epoch', clock_timestamp() - coalesce(a.query_start, a.xact_start, a.backend_start)) AS age,
    a.backend_start,
    left(coalesce(a.query, ''), $1::int) AS query
FROM running r
LEFT JOIN pg_stat_activity a ON a.pid = r.pid
LEFT JOIN pg_database d ON d.oid = r.datid
ORDER BY age DESC NULLS LAST, r.pid
