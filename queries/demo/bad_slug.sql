-- purpose: an organization with a slug that is taken; fails
-- privilege: none
-- cost: one index look-up; it is there to fail
INSERT INTO public.organizations (name, slug) SELECT o.name, o.slug FROM public.organizations o WHERE o.org_id = $1::uuid
