-- Every job runs as gbtui says again.

DELETE FROM gb_meta.access_tables WHERE table_name = 'gb_meta.job_settings';
DROP TABLE gb_meta.job_settings;
