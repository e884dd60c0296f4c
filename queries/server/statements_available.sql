-- purpose: the version of pg_stat_statements that the server's files hold; no row where they hold none
-- privilege: none
-- cost: reads the control files of the extensions (some ms), so it is asked only once, and while it is not installed
SELECT a.default_version AS version
FROM pg_available_extensions a
WHERE a.name = 'pg_stat_statements'
