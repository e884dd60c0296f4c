-- Anonymous sessions of an organization by last activity.
--
-- Why: the same list under one organization. Sessions with a user pay nothing for it.
-- Locks: none that writers wait for; built CONCURRENTLY.
CREATE INDEX CONCURRENTLY user_sessions_anonymous_org_id_updated_at_id_idx
    ON public.user_sessions (org_id, updated_at DESC, id DESC) WHERE user_id IS NULL;
