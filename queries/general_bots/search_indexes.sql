-- purpose: the indexes of the search by table, with the size of what they index and the size they have, or would have
-- privilege: none; text_bytes is null without SELECT on the tables (pg_stats shows no others)
-- cost: reads pg_class, pg_index, pg_inherits and the statistics of two tables and their partitions; opens none of them
WITH wanted AS (
    SELECT c.oid, c.relname::text AS "table", s.attname
    FROM (VALUES ('message_history', 'message'), ('kb_documents', 'content')) s (relname, attname)
    JOIN pg_class c ON c.relname = s.relname AND c.relnamespace = to_regnamespace('public')
    -- Tables of the same name that others made have other columns.
    WHERE (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN (s.attname, 'org_id')
           AND NOT a.attisdropped) = 2
), part AS (
    SELECT w.oid AS root, w.oid, w.attname FROM wanted w
    UNION ALL
    SELECT w.oid, i.inhrelid, w.attname FROM wanted w JOIN pg_inherits i ON i.inhparent = w.oid
), text AS (
    SELECT p.root, sum(greatest(c.reltuples, 0))::bigint AS entries,
           sum(greatest(c.reltuples, 0) * s.avg_width)::bigint AS text_bytes
    FROM part p
    JOIN pg_class c ON c.oid = p.oid AND c.relkind IN ('r', 'm')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = p.attname
    GROUP BY p.root
)
SELECT w."table", coalesce(t.entries, 0) AS entries, t.text_bytes,
       ARRAY(SELECT substr(c.relname, length(w."table") + 9, length(c.relname) - length(w."table") - 12)
             FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
             WHERE x.indrelid = w.oid AND x.indisvalid AND c.relname ~ '_search_[a-z]+_idx$'
             ORDER BY 1) AS languages
FROM wanted w
LEFT JOIN text t ON t.root = w.oid
ORDER BY 1
