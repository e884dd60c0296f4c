-- purpose: the months up to $2 ahead of the current one that the tables $1 have no partition for, gaps included
-- privilege: none
-- cost: reads pg_class and pg_inherits of these tables
WITH parent AS (
    SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'p' AND n.nspname || '.' || c.relname = ANY ($1::text[])
), part AS (
    SELECT i.inhparent, to_date(right(c.relname, 6), 'YYYYMM') AS month
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent IN (SELECT oid FROM parent) AND c.relname ~ '_p[0-9]{4}(0[1-9]|1[0-2])$'
), span AS (
    SELECT
        parent.oid,
        parent.name,
        coalesce((SELECT min(part.month) FROM part WHERE part.inhparent = parent.oid), now.month::date) AS first,
        (now.month + make_interval(months => $2::integer))::date AS last
    FROM parent, (SELECT date_trunc('month', now() AT TIME ZONE 'UTC')) AS now (month)
)
SELECT span.oid AS parent, span.name, wanted.month::date AS month
FROM span
CROSS JOIN LATERAL generate_series(span.first::timestamp, span.last::timestamp, '1 month') AS wanted (month)
WHERE NOT EXISTS (SELECT FROM part WHERE part.inhparent = span.oid AND part.month = wanted.month::date)
ORDER BY month, span.name
