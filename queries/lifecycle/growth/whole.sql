-- purpose: the size of this database and of all that this role may connect to, and how much WAL was ever written
-- privilege: none
-- cost: asks the file system for every file of the databases; once an hour
SELECT
    current_database()::text AS database,
    pg_database_size(current_database()) AS database_bytes,
    (
        SELECT sum(pg_database_size(d.oid))::bigint FROM pg_database d
        WHERE d.datname = current_database() OR has_database_privilege(d.oid, 'CONNECT')
    ) AS databases_bytes,
    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS written_bytes
