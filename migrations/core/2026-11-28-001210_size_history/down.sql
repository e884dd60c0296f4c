-- The past is forgotten.

DELETE FROM gb_meta.access_tables WHERE table_name = 'gb_meta.size_history';
DROP TABLE gb_meta.size_history;
