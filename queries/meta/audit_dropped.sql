-- purpose: which of the months $1 of audit records retention has removed, by its own records
-- privilege: SELECT ON TABLE gb_meta.audit_log
-- cost: the records of these months' names, by index
SELECT DISTINCT ON (a.object_id)
    a.object_id AS month,
    a.created_at AS at,
    a.actor,
    CASE WHEN a.detail ->> 'rows' ~ '^[0-9]{1,18}$' THEN (a.detail ->> 'rows')::bigint END AS rows
FROM gb_meta.audit_log a
WHERE
    a.object_id = ANY ($1::text[])
    AND a.action = 'retention.month_dropped'
    AND a.object_table = 'gb_meta.audit_log'
ORDER BY a.object_id, a.created_at DESC
