-- purpose: then: session $1 with its associations and clicks
-- privilege: none
-- cost: one row and what hangs on it
DELETE FROM public.user_sessions WHERE id = $1::uuid
