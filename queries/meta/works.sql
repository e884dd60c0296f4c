-- purpose: work on partitions that was begun and has not ended: what, on which table, at which step
-- privilege: SELECT ON TABLE gb_meta.job_runs
-- cost: a handful of rows by index
SELECT
    r.job,
    coalesce(r.detail ->> 'table', '') AS "table",
    coalesce(r.detail ->> 'step', '') AS step,
    r.started_at
FROM gb_meta.job_runs r
WHERE r.job IN ('partitions.adopt', 'partitions.split') AND r.state = 'running'
ORDER BY r.started_at
