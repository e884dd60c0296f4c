-- purpose: the organizations whose legal hold keeps organization $1, or user $2 who is of them or talked to them; "" : none
-- privilege: SELECT ON TABLE gb_meta.legal_holds, public.organizations, public.organization_members, public.user_sessions
-- cost: the holds, and rows by key of each
SELECT coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), '') AS held_by
FROM gb_meta.legal_holds h
JOIN public.organizations o ON o.org_id = h.org_id
WHERE
    h.org_id = $1::uuid
    OR EXISTS (SELECT FROM public.organization_members m WHERE m.org_id = h.org_id AND m.user_id = $2::uuid)
    OR EXISTS (SELECT FROM public.user_sessions s WHERE s.org_id = h.org_id AND s.user_id = $2::uuid)
