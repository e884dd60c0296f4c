-- purpose: how far deletion $1 is, in the transaction of each of its batches, by table and what was done: $2
-- privilege: none
-- cost: one row; its older versions are on the same page
UPDATE gb_meta.job_runs r
SET detail = jsonb_set(r.detail, '{done}', coalesce(r.detail -> 'done', '{}') || $2::jsonb)
WHERE r.id = $1::bigint
