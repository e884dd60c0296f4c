-- purpose: delete at most $5 login tokens that expired before the cut-off of their users; cut-offs as in tokens_due
-- privilege: DELETE ON TABLE public.user_login_tokens
-- cost: reads rows before the latest cut-off until $5 are found
-- FOR UPDATE: who has just written one keeps it.
WITH due AS MATERIALIZED (
    SELECT t.id FROM public.user_login_tokens t
    WHERE
        t.expires_at < $4::text::timestamptz
        AND t.expires_at < coalesce(
            (
                SELECT min(coalesce(x.cutoff, $3::text)::timestamptz)
                FROM public.organization_members m
                LEFT JOIN unnest($1::uuid[], $2::text[]) AS x (org_id, cutoff) ON x.org_id = m.org_id
                WHERE m.user_id = t.user_id
            ),
            $3::text::timestamptz
        )
    LIMIT $5
    FOR UPDATE OF t
)
DELETE FROM public.user_login_tokens t USING due WHERE t.id = due.id
