-- purpose: delete at most $5 drafts last written before the cut-off of their users; cut-offs as in drafts_due
-- privilege: DELETE ON TABLE public.email_drafts
-- cost: reads rows before the latest cut-off until $5 are found
-- FOR UPDATE: who has just written one keeps it.
WITH due AS MATERIALIZED (
    SELECT t.id FROM public.email_drafts t
    WHERE
        t.updated_at < $4::text::timestamptz
        AND t.updated_at < coalesce(
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
DELETE FROM public.email_drafts t USING due WHERE t.id = due.id
