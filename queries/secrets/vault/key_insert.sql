-- purpose: keep a new data key $1, wrapped as $2 by the master key $3; it is the active one
-- privilege: none
-- cost: one row; another active key is a violation of its unique index
INSERT INTO gb_meta.vault_keys (key_id, wrapped, master) VALUES ($1::text, $2::text, $3::text)
