-- purpose: whether there is any organization
-- privilege: none
-- cost: one row
SELECT EXISTS (SELECT FROM public.organizations) AS filled
