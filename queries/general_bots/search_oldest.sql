-- purpose: the time of the oldest message
-- privilege: none
-- cost: one look into the index on (created_at, id) of each partition
SELECT min(m.created_at) AS oldest FROM public.message_history m
