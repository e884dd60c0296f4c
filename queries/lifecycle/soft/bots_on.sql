-- purpose: switch the bots $2 of organization $1 on again
-- privilege: UPDATE ON TABLE public.bots
-- cost: rows by key
UPDATE public.bots b SET active = true, updated_at = now()
WHERE b.org_id = $1::uuid AND b.id = ANY ($2::uuid[]) AND NOT b.active
