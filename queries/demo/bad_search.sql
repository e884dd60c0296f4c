-- purpose: who ever said $1: a search that no index helps, as it should not be written
-- privilege: none
-- cost: reads every message; it is there to be seen as a bad query
SELECT m.bot_id, count(*) AS found FROM public.message_history m WHERE m.message ILIKE '%' || $1::text || '%' GROUP BY m.bot_id
