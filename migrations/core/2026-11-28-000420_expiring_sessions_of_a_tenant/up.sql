-- Sessions of an organization by when they expire.
--
-- Why: those that have expired, or soon will, under one organization: the index on expires_at alone reads past everybody
-- else's.
-- Locks: none that writers wait for; built CONCURRENTLY.
CREATE INDEX CONCURRENTLY user_sessions_org_id_expires_at_id_idx
    ON public.user_sessions (org_id, expires_at DESC, id DESC);
