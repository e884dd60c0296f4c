-- purpose: the vault's data keys, wrapped
-- privilege: none
-- cost: a row a key
SELECT k.key_id, k.wrapped, k.master, k.active FROM gb_meta.vault_keys k ORDER BY k.created_at, k.key_id
