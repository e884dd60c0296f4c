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
    CASE
        WHEN c.oid IS NULL THEN coalesce('#' || nullif(r.relid, 0)::text, '')
        WHEN n.nspname = 'public' THEN c.relname::text
        ELSE n.nspname || '.' || c.relname
    END AS relation,
    coalesce(x.relname::text, '') AS "index",
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
LEFT JOIN pg_class c ON c.oid = r.relid AND d.datname = current_database()
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class x ON d.datname = current_database() AND x.oid = CASE r.command
    WHEN 'create_index' THEN (r.details ->> 'index_relid')::oid
    WHEN 'cluster' THEN (r.details ->> 'cluster_index_relid')::oid
END
ORDER BY age DESC NULLS LAST, r.pid
