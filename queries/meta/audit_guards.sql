-- purpose: what statistics and catalogs say of the audit log's own tables: changes counted, triggers that are missing or off
-- privilege: none
-- cost: a few catalog rows a partition
SELECT c.oid::regclass::text AS name,
       coalesce(pg_stat_get_tuples_updated(c.oid), 0) AS updated,
       coalesce(pg_stat_get_tuples_deleted(c.oid), 0) AS deleted,
       NOT EXISTS (SELECT FROM pg_trigger t
                   WHERE t.tgrelid = c.oid AND t.tgfoid = 'gb_meta.refuse_change()'::regprocedure
                     AND t.tgenabled IN ('O', 'A')) AS open,
       (SELECT s.stats_reset FROM pg_stat_database s WHERE s.datname = current_database()) AS counted_since
FROM pg_class c
WHERE c.oid = 'gb_meta.audit_log'::regclass OR c.oid = 'gb_meta.audit_seals'::regclass
   OR c.oid IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'gb_meta.audit_log'::regclass)
ORDER BY c.relname
