-- purpose: organization or user $1 is not to be deleted any more, or it is gone; what was active before
-- privilege: owner of gb_meta.soft_deletions
-- cost: one row
DELETE FROM gb_meta.soft_deletions d WHERE d.org_id = $1::uuid OR d.user_id = $1::uuid RETURNING d.was_active
