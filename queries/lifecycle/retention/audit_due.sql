-- purpose: months of audit records that are past retention at $1: partition, month, whether it is sealed
-- privilege: EXECUTE ON FUNCTION gb_meta.audit_expired
-- cost: reads pg_inherits and the seals
SELECT e.partition::oid AS oid, e.month, e.sealed
FROM gb_meta.audit_expired(now() - $1::text::timestamptz) e
ORDER BY e.month
