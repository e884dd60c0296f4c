-- purpose: whether the server writes a log that can be read here, and whether this role may read it
-- privilege: none
-- cost: settings and privileges; no table is read
SELECT
    current_setting('logging_collector')::boolean AS collected,
    current_setting('log_destination') AS destination,
    current_setting('log_min_messages') IN ('log', 'fatal', 'panic') AS quiet,
    current_setting('log_timezone') AS zone,
    current_setting('server_version_num')::int AS version_num,
    -- pg_monitor may by itself from 17 on.
    has_function_privilege('pg_catalog.pg_current_logfile(text)', 'EXECUTE') AS may_find,
    has_function_privilege('pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)', 'EXECUTE') AS may_read
