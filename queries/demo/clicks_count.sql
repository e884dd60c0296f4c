-- purpose: clicks of organization $1 in the last hour
-- privilege: none
-- cost: the last hour by index; waits behind clicks_lock
SELECT count(*) AS clicks FROM public.clicks c WHERE c.org_id = $1::uuid AND c."timestamp" > now() - interval '1 hour'
