-- purpose: which database and which table ($1) a cursor is about; 0: there is no such table
-- privilege: none
-- cost: one catalog look-up
SELECT current_database()::text AS database, coalesce(to_regclass($1::text)::oid::bigint, 0) AS table_oid
