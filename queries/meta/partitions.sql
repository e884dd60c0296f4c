-- purpose: how far ahead the monthly partitions of each partitioned table are made
-- privilege: none
-- cost: reads pg_class and pg_inherits of partitions; opens no relation, so a locked table does not stop it
WITH dated AS (
    SELECT
        parent.relnamespace::regnamespace::text AS schema,
        parent.relname::text AS "table",
        to_date(right(part.relname, 6), 'YYYYMM') AS month,
        part.reltuples,
        i.inhdetachpending,
        -- A bound has no columns: without the table's number it is printed without opening it.
        pg_get_expr(part.relpartbound, 0) LIKE 'FOR VALUES FROM (MINVALUE)%' AS open_to_past
    FROM pg_inherits i
    JOIN pg_class parent ON parent.oid = i.inhparent AND parent.relkind = 'p'
    JOIN pg_class part ON part.oid = i.inhrelid
    WHERE
        part.relname ~ '_p[0-9]{4}(0[1-9]|1[0-2])$'
        -- One that is only being made lies among its partitions.
        AND parent.relnamespace IS DISTINCT FROM to_regnamespace('gb_part')
), tables AS (
    SELECT
        schema,
        "table",
        count(*) AS partitions,
        min(month) AS oldest,
        max(month) AS newest,
        array_agg(month) AS months,
        bool_or(inhdetachpending) AS detaching,
        bool_or(open_to_past) AS open_to_past,
        sum(greatest(reltuples, 0))::bigint AS rows_estimate
    FROM dated
    GROUP BY schema, "table"
), now_utc AS (
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AS month
)
SELECT
    schema,
    "table",
    partitions,
    oldest,
    newest,
    -- The first month from now on that has no partition: from then on, INSERTs fail.
    gap.month AT TIME ZONE 'UTC' AS covered_until,
    ((extract(year FROM gap.month) - extract(year FROM n.month)) * 12
        + extract(month FROM gap.month) - extract(month FROM n.month))::integer - 1 AS months_ahead,
    detaching,
    rows_estimate
FROM tables t
CROSS JOIN now_utc n
CROSS JOIN LATERAL (
    SELECT min(m) AS month
    -- The one that is open to the past bears the name of its last month.
    FROM generate_series(
        CASE WHEN t.open_to_past THEN greatest(n.month, t.oldest::timestamp) ELSE n.month END,
        greatest(n.month, t.newest::timestamp) + interval '1 month', '1 month'
    ) m
    WHERE m::date <> ALL (t.months)
) gap
ORDER BY schema, "table"
