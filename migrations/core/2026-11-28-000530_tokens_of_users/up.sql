-- A user's login tokens, newest first, page by this: whoever logs in each minute has many.
CREATE INDEX CONCURRENTLY user_login_tokens_user_id_created_at_id_idx
    ON public.user_login_tokens (user_id, created_at DESC, id DESC);
