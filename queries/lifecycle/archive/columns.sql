-- purpose: the columns of table $1 by name and type, in their order
-- privilege: none
-- cost: reads pg_attribute
SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS type
FROM pg_attribute a
WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
