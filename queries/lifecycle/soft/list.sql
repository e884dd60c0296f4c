-- purpose: what is to be deleted after a time of grace: until when, why, whether it is there, active again, or held and by whom
-- privilege: SELECT ON TABLE gb_meta.soft_deletions, gb_meta.legal_holds, public.users, public.organizations, public.bots
-- cost: a small table, and rows by key of each
SELECT
    d.id,
    CASE WHEN d.org_id IS NULL THEN 'user' ELSE 'organization' END AS kind,
    coalesce(d.org_id, d.user_id)::text AS key,
    coalesce(o.slug, u.username, '') AS name,
    coalesce(o.org_id, u.id) IS NOT NULL AS there,
    coalesce(u.active, false)
        OR EXISTS (SELECT FROM public.bots b WHERE b.org_id = d.org_id AND b.active) AS active,
    coalesce((
        SELECT string_agg(held.slug, ', ' ORDER BY held.slug)
        FROM gb_meta.legal_holds h
        JOIN public.organizations held ON held.org_id = h.org_id
        WHERE
            h.org_id = d.org_id
            OR EXISTS (
                SELECT FROM public.organization_members m WHERE m.org_id = h.org_id AND m.user_id = d.user_id
            )
            OR EXISTS (SELECT FROM public.user_sessions s WHERE s.org_id = h.org_id AND s.user_id = d.user_id)
    ), '') AS held_by,
    d.purge_after,
    d.reason,
    d.actor,
    d.requested_at
FROM gb_meta.soft_deletions d
LEFT JOIN public.organizations o ON o.org_id = d.org_id
LEFT JOIN public.users u ON u.id = d.user_id
ORDER BY d.purge_after, d.id
