-- purpose: which database and which table ($1) a cursor is about, and its partitions; 0: there is no such table
-- privilege: none
-- cost: two catalog look-ups
SELECT
    current_database()::text AS database,
    coalesce(to_regclass($1::text)::oid::bigint, 0) AS table_oid,
    ARRAY(SELECT i.inhrelid::bigint FROM pg_inherits i WHERE i.inhparent = to_regclass($1::text)) AS part_oids
