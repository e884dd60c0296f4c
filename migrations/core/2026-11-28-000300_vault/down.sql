DROP TABLE gb_meta.vault_keys;
