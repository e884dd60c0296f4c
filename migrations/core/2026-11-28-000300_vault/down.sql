DELETE FROM gb_meta.access_tables WHERE table_name = 'gb_meta.vault_keys';
DROP TABLE gb_meta.vault_keys;
