-- Takes back the log, the audit records, the job runs and the partition functions.

DROP FUNCTION gb_meta.audit(text, text, text, uuid, jsonb, jsonb, text, text, jsonb);
DROP TABLE gb_meta.audit_log;
DROP FUNCTION gb_meta.refuse_change();
DROP FUNCTION gb_meta.ensure_partition(regclass, date);
DROP FUNCTION gb_meta.attach_partition(regclass, date, boolean);
DROP FUNCTION gb_meta.index_partition(regclass, date);
DROP FUNCTION gb_meta.create_partition(regclass, date, boolean);
DROP FUNCTION gb_meta.partition_name(regclass, date);
DROP TABLE gb_meta.job_runs;
DROP TABLE gb_meta.migration_log;
DROP SCHEMA gb_part;
DROP SCHEMA gb_meta;
