-- purpose: a new organization named $1, in URLs $2
-- privilege: none
-- cost: one row
INSERT INTO public.organizations (name, slug) VALUES ($1::text, $2::text) RETURNING org_id
