-- purpose: switch bot $1 on or off ($2)
-- privilege: none
-- cost: one row; none if it is so already
UPDATE public.bots b SET active = $2::boolean, updated_at = now()
WHERE b.id = $1::uuid AND b.active <> $2::boolean
RETURNING b.id
