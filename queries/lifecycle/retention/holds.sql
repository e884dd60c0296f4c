-- purpose: organizations under a legal hold, and why
-- privilege: SELECT ON TABLE gb_meta.legal_holds, public.organizations
-- cost: a small table
SELECT h.org_id, o.slug AS organization, h.reason, h.actor, h.placed_at
FROM gb_meta.legal_holds h
JOIN public.organizations o ON o.org_id = h.org_id
ORDER BY o.slug
