-- When each background job runs, where that differs from what gbtui says, and where each run happened.
--
-- gb_meta.job_runs has been there from the start. Which jobs there are stands in gbtui; a row in job_settings changes
-- when one of them runs, or switches it off. The schedule is cron's, as an automation's is; it is read in a time zone,
-- so that a job may stay at three in the morning across changes of the clock.

CREATE TABLE gb_meta.job_settings (
    job        text PRIMARY KEY CHECK (length(job) BETWEEN 1 AND 100),
    schedule   text CONSTRAINT job_settings_schedule_is_cron CHECK (gb_meta.is_cron(schedule)),
    zone       text CHECK (length(zone) BETWEEN 1 AND 100),
    active     boolean NOT NULL DEFAULT true,
    updated_by text NOT NULL DEFAULT session_user,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE gb_meta.job_settings IS 'When a background job runs, where that differs from what gbtui says';
COMMENT ON COLUMN gb_meta.job_settings.job IS 'The job''s name';
COMMENT ON COLUMN gb_meta.job_settings.schedule IS 'Cron text; null: as gbtui says';
COMMENT ON COLUMN gb_meta.job_settings.zone IS 'Time zone that the schedule is read in; null: UTC';
COMMENT ON COLUMN gb_meta.job_settings.active IS 'Whether it runs by itself at all';
COMMENT ON COLUMN gb_meta.job_settings.updated_by IS 'Database login that said so';
COMMENT ON COLUMN gb_meta.job_settings.updated_at IS 'When';
REVOKE ALL ON TABLE gb_meta.job_settings FROM PUBLIC;
SELECT gb_meta.audit_rows('gb_meta.job_settings');
INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES ('gb_meta.job_settings', 'server', '');
