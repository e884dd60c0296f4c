-- purpose: make registrations and deletions of tools of one bot take turns; $1 is one of its tools
-- privilege: none
-- cost: two primary key look-ups, one row lock
SELECT b.id FROM public.basic_tools t JOIN public.bots b ON b.id = t.bot_id WHERE t.id = $1::text FOR NO KEY UPDATE OF b
