-- purpose: how far the piece of work $1 is, in the transaction of its step: $2
-- privilege: none
-- cost: one row; its older versions are on the same page
UPDATE gb_meta.job_runs r SET detail = r.detail || $2::jsonb WHERE r.id = $1::bigint
