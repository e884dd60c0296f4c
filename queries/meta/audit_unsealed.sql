-- purpose: which UTC months have audit records, from the first one or the first that is not sealed, up to now; how many each has, counted to 100,001
-- privilege: SELECT ON TABLE gb_meta.audit_log, gb_meta.audit_seals
-- cost: a bounded part of the index on (created_at, id) in each month
SELECT m.month::date AS month, (m.month + interval '1 month') AT TIME ZONE 'UTC' <= now() AS ended, c.records
FROM generate_series(
    coalesce(
        (SELECT max(s.month) + interval '1 month' FROM gb_meta.audit_seals s),
        (SELECT date_trunc('month', l.created_at AT TIME ZONE 'UTC') FROM gb_meta.audit_log l ORDER BY l.created_at LIMIT 1)),
    date_trunc('month', now() AT TIME ZONE 'UTC'), interval '1 month') AS m (month)
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS records FROM (
        SELECT FROM gb_meta.audit_log a
        WHERE a.created_at >= m.month AT TIME ZONE 'UTC' AND a.created_at < (m.month + interval '1 month') AT TIME ZONE 'UTC'
        LIMIT 100001) bounded) c
ORDER BY m.month
