-- purpose: switch off at most $2 of the active bots of organization $1, before it is deleted
-- privilege: none
-- cost: the organization's bots by an index, a row each
UPDATE public.bots b SET active = false, updated_at = now()
WHERE b.id IN (
    SELECT a.id FROM public.bots a WHERE a.org_id = $1::uuid AND a.active ORDER BY a.id LIMIT $2::int FOR NO KEY UPDATE
)
