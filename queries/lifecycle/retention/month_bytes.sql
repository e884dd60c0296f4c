-- purpose: bytes on disk of relation $1, with indexes and TOAST
-- privilege: none
-- cost: asks the file system; waits for an exclusive lock on it until lock_timeout
SELECT pg_total_relation_size($1::oid)::bigint AS bytes
