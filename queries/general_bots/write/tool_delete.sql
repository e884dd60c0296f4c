-- purpose: delete tool $1
-- privilege: none
-- cost: one row
DELETE FROM public.basic_tools WHERE id = $1::text RETURNING bot_id
