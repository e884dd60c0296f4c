-- purpose: how many WAL files wait to be archived, and how long the oldest has waited
-- privilege: pg_monitor
-- cost: lists one folder of the server (pg_wal/archive_status), every 30 s; a file a waiting segment
SELECT
    count(*) AS waiting,
    date_part('epoch', clock_timestamp() - min(f.modification)) AS oldest_age
FROM pg_ls_archive_statusdir() f
WHERE f.name LIKE '%.ready'
