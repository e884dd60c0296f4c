-- purpose: delete at most $4 messages of organization $1 from $2 to before $3
-- privilege: DELETE ON TABLE public.message_history
-- cost: $4 rows by the index on (org_id, created_at, id); who holds a row is waited for
WITH due AS MATERIALIZED (
    SELECT m.id, m.created_at FROM public.message_history m
    WHERE m.org_id = $1::uuid AND m.created_at >= $2::text::timestamptz AND m.created_at < $3::text::timestamptz
    ORDER BY m.created_at, m.id
    LIMIT $4
)
DELETE FROM public.message_history m USING due WHERE m.id = due.id AND m.created_at = due.created_at
