-- purpose: make users $2 members of organization $1 in roles $3
-- privilege: none
-- cost: one row a member
INSERT INTO public.organization_members (org_id, user_id, role)
SELECT $1::uuid, m.user_id, m.role FROM unnest($2::uuid[], $3::text[]) AS m (user_id, role)
ON CONFLICT (org_id, user_id) DO UPDATE SET role = excluded.role
