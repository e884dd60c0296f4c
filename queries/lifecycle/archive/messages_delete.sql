-- purpose: delete the messages with the ids $1 and times $2: those that were archived, and no other
-- privilege: DELETE ON TABLE public.message_history
-- cost: rows by key
DELETE FROM public.message_history m
USING unnest($1::text[]::uuid[], $2::timestamptz[]) AS k (id, created_at)
WHERE m.id = k.id AND m.created_at = k.created_at
