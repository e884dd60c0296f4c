-- purpose: the server's log files of the wanted kinds ($1: "jsonlog", "csvlog") that are written now, and how long they are
-- privilege: pg_monitor
-- cost: reads one small file and lists the log directory
SELECT
    k.kind,
    pg_current_logfile(k.kind) AS path,
    l.size
FROM unnest($1::text[]) WITH ORDINALITY AS k (kind, rank)
LEFT JOIN LATERAL (
    SELECT f.size FROM pg_ls_logdir() f
    WHERE f.name = regexp_replace(pg_current_logfile(k.kind), '^.*/', '')
) l ON true
WHERE pg_current_logfile(k.kind) IS NOT NULL
ORDER BY k.rank
