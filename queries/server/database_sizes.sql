-- purpose: the size of one database on disk
-- privilege: CONNECT on it, or pg_read_all_stats
-- cost: asks the file system for every file of the database; the more seldom the longer it takes, once a minute at most
SELECT pg_database_size($1::oid) AS bytes
