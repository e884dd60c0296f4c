-- purpose: retire the active data key, which goes on opening what it sealed; no row: it is not $1 any more
-- privilege: none
-- cost: one row
UPDATE gb_meta.vault_keys k SET active = false, retired_at = now()
WHERE k.active AND k.key_id = $1::text
RETURNING k.key_id
