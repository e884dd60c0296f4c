-- purpose: user $2 (or organization $1) is to be deleted after $3, for the reason $4; it keeps in mind what is active now
-- privilege: owner of gb_meta.soft_deletions
-- cost: one row
-- Again: another time and reason; what was active at first is what is switched on again.
INSERT INTO gb_meta.soft_deletions AS d (org_id, user_id, purge_after, reason, was_active)
VALUES (
    $1::uuid, $2::uuid, $3::timestamptz, $4::text,
    ARRAY(
        SELECT b.id FROM public.bots b WHERE b.org_id = $1::uuid AND b.active
        UNION ALL
        SELECT u.id FROM public.users u WHERE u.id = $2::uuid AND u.active
    )
)
ON CONFLICT (user_id) DO UPDATE SET purge_after = excluded.purge_after, reason = excluded.reason,
    actor = session_user, requested_at = now(),
    was_active = ARRAY(SELECT unnest(d.was_active) UNION SELECT unnest(excluded.was_active))
RETURNING d.id
