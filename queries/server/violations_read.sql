-- purpose: a piece of a log file: its bytes from $2 on, $3 at most; null where it is gone
-- privilege: EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)
-- cost: reads so many bytes of a file and sends them
SELECT pg_read_binary_file($1, $2, $3, true) AS piece
