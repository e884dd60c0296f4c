-- purpose: whether this database knows legal holds
-- privilege: none
-- cost: one look into the catalog
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'gb_meta' AND c.relname = 'legal_holds'
) AS there
