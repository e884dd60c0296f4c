-- Policies, holds and what is to go after a time of grace are forgotten; who is switched off stays so.

DELETE FROM gb_meta.access_tables
WHERE table_name IN ('gb_meta.retention_policies', 'gb_meta.legal_holds', 'gb_meta.soft_deletions');
DROP TABLE gb_meta.soft_deletions;
DROP TABLE gb_meta.legal_holds;
DROP TABLE gb_meta.retention_policies;
