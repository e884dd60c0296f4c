-- purpose: whether this database keeps which logins are bound to which organizations
-- privilege: none
-- cost: one catalog row
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'gb_meta' AND c.relname = 'access_logins'
) AS built
