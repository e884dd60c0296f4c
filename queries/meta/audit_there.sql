-- purpose: whether this database has an audit log
-- privilege: none
-- cost: one catalog look-up
SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'gb_meta' AND c.relname = 'audit_log') AS there
