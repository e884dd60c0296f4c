-- How large things were: the ground for forecasts of growth.
--
-- One row holds a whole sample, in arrays that TOAST compresses: a hundred tables, a hundred tenants, the databases and
-- the WAL together take a few kilobytes. Hourly samples are kept two weeks and daily ones three years, so the table
-- never holds more than some 1,450 rows; the job that samples deletes what is older.

CREATE TABLE gb_meta.size_history (
    grain text NOT NULL CHECK (grain IN ('hour', 'day')),
    at    timestamptz NOT NULL,
    kinds text[] NOT NULL CHECK (cardinality(kinds) BETWEEN 1 AND 300),
    names text[] NOT NULL CHECK (cardinality(names) = cardinality(kinds)),
    bytes bigint[] NOT NULL CHECK (cardinality(bytes) = cardinality(kinds)),
    rows  bigint[] NOT NULL CHECK (cardinality(rows) = cardinality(kinds)),
    PRIMARY KEY (grain, at)
);
COMMENT ON TABLE gb_meta.size_history IS 'Sizes by the hour for two weeks and by the day for three years; one row a sample';
COMMENT ON COLUMN gb_meta.size_history.grain IS 'hour or day: how long it is kept';
COMMENT ON COLUMN gb_meta.size_history.at IS 'The UTC hour or day that it stands for; it was taken within';
COMMENT ON COLUMN gb_meta.size_history.kinds IS 'Of each thing: table, tenant, database, databases, wal or written';
COMMENT ON COLUMN gb_meta.size_history.names IS 'schema.table, org_id, or the database; others: all that are not named';
COMMENT ON COLUMN gb_meta.size_history.bytes IS 'Bytes on disk (of tenants estimated); of written: WAL since the beginning';
COMMENT ON COLUMN gb_meta.size_history.rows IS 'Rows by the planner''s estimate, where there are any';
REVOKE ALL ON TABLE gb_meta.size_history FROM PUBLIC;
INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES ('gb_meta.size_history', 'server', '');
