-- purpose: lock at most $4 sessions of organization $1 behind id $3 that expired and rested before $2; their ids
-- privilege: UPDATE ON TABLE public.user_sessions
-- cost: the organization's sessions before the cut-off, by the index on (org_id, expires_at)
-- Locked first and looked at by a second statement: a message that comes meanwhile has to wait, or is seen.
SELECT s.id FROM public.user_sessions s
WHERE
    s.org_id = $1::uuid
    AND s.expires_at < $2::text::timestamptz
    AND s.updated_at < $2::text::timestamptz
    AND s.id > $3::uuid
ORDER BY s.id
LIMIT $4
FOR UPDATE
