-- purpose: end the hold of organization $1; the reason it had
-- privilege: owner of gb_meta.legal_holds
-- cost: one row
DELETE FROM gb_meta.legal_holds h WHERE h.org_id = $1::uuid RETURNING h.reason
