-- purpose: which cluster this is, the same on all its standbys
-- privilege: pg_read_all_settings
-- cost: reads pg_control
SELECT system_identifier FROM pg_catalog.pg_control_system()
