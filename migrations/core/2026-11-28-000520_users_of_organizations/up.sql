-- Who has sessions in an organization, each person once: a walk through this index skips from one to the next.
CREATE INDEX CONCURRENTLY user_sessions_org_id_user_id_updated_at_id_idx
    ON public.user_sessions (org_id, user_id, updated_at DESC, id DESC) WHERE user_id IS NOT NULL;
