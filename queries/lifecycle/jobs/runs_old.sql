-- purpose: delete at most $3 runs of the jobs $1 that began before $2; the newest of each stays
-- privilege: none
-- cost: $3 rows by index
DELETE FROM gb_meta.job_runs r
WHERE r.id IN (
    SELECT o.id
    FROM gb_meta.job_runs o
    WHERE
        o.job = ANY ($1::text[])
        AND o.started_at < $2::timestamptz
        AND EXISTS (SELECT FROM gb_meta.job_runs n WHERE n.job = o.job AND n.started_at > o.started_at)
    LIMIT $3::integer
)
