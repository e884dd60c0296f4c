-- purpose: hold organization $1 for the reason $2; no row: it is held already
-- privilege: owner of gb_meta.legal_holds
-- cost: one row
INSERT INTO gb_meta.legal_holds (org_id, reason) VALUES ($1::uuid, $2::text)
ON CONFLICT (org_id) DO NOTHING
RETURNING org_id
