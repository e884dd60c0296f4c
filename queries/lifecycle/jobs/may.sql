-- purpose: the tables of the platform that this role would see only in part: a job would take what it does not see for missing
-- privilege: none
-- cost: a few catalog rows
SELECT n.nspname || '.' || c.relname AS "table"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'gb_meta') AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND row_security_active(c.oid)
ORDER BY 1
LIMIT 1
