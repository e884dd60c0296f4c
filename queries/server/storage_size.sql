-- purpose: the size of one tablespace on disk
-- privilege: pg_read_all_stats
-- cost: asks the file system for every file in it; repeated the more seldom the longer it takes
SELECT pg_tablespace_size($1::oid) AS bytes
