-- purpose: which database and which table ($1) a cursor is about
-- privilege: none
-- cost: one catalog look-up
SELECT current_database()::text AS database, $1::text::regclass::oid::bigint AS table_oid
