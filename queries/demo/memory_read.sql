-- purpose: what bot $1 remembers
-- privilege: none
-- cost: a few rows by index
SELECT m.key, m.value FROM public.bot_memories m WHERE m.bot_id = $1::uuid ORDER BY m.key
