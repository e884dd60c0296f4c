-- purpose: data keys $1, now wrapped as $2 by the master key $3, which were wrapped by the master key $4
-- privilege: none
-- cost: a row a key
UPDATE gb_meta.vault_keys k SET wrapped = n.wrapped, master = $3::text
FROM unnest($1::text[], $2::text[]) AS n (key_id, wrapped)
WHERE k.key_id = n.key_id AND k.master = $4::text
RETURNING k.key_id
