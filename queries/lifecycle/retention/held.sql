-- purpose: whether organization $1 is held
-- privilege: SELECT ON TABLE gb_meta.legal_holds
-- cost: one row by key; asked in the transaction of each batch
SELECT EXISTS (SELECT FROM gb_meta.legal_holds h WHERE h.org_id = $1::uuid) AS held
