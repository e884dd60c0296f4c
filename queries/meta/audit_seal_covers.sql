-- purpose: the records that part $2 of the seal of month $1 covers: their ids and digests in order
-- privilege: SELECT ON TABLE gb_meta.audit_seals
-- cost: one row by primary key, half a megabyte at most
SELECT s.ids, s.digests
FROM gb_meta.audit_seals s
WHERE s.month = $1::date AND s.part = $2::integer
