-- purpose: let the default hold again for kind $2 of organization $1; what was instead
-- privilege: owner of gb_meta.retention_policies
-- cost: one row
DELETE FROM gb_meta.retention_policies p WHERE p.org_id = $1::uuid AND p.kind = $2::text RETURNING p.keep_days
