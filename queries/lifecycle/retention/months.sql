-- purpose: the monthly partitions of table $1, oldest first, with those that a run of retention has detached and not dropped yet
-- privilege: none
-- cost: reads pg_class, pg_inherits and comments; opens no relation
SELECT
    c.oid,
    c.relname::text AS name,
    to_date(substring(c.relname FROM '_p([0-9]{6})'), 'YYYYMM') AS month,
    i.inhparent IS NOT NULL AND NOT i.inhdetachpending AS attached
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'gb_part'
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
WHERE
    c.relkind = 'r'
    AND c.relname ~ ('^' || split_part($1::text, '.', 2) || '_p[0-9]{4}(0[1-9]|1[0-2])(_detached[0-9_]*)?$')
    AND (
        i.inhparent = to_regclass($1::text) AND NOT i.inhdetachpending
        OR (i.inhparent IS NULL OR i.inhdetachpending)
            AND obj_description(c.oid, 'pg_class') LIKE 'gbtui retention: %'
    )
ORDER BY month
