-- purpose: the seals over past months of audit records, oldest first, without what each covers
-- privilege: SELECT ON TABLE gb_meta.audit_seals
-- cost: reads a table of one row a month, or one for every 10,000 records
SELECT s.month, s.part, s.records, s.first_at, s.last_at, s.previous, s.chain, s.sealed_at, s.actor
FROM gb_meta.audit_seals s
ORDER BY s.month, s.part
