-- purpose: put audit records back that $1 holds as a JSON array; those that are there stay as they are
-- privilege: INSERT ON TABLE gb_meta.audit_log
-- cost: a row each, and its keys
-- tx as it was: it is a part of what was sealed, and older than where any reader stands.
INSERT INTO gb_meta.audit_log
SELECT r.*
FROM jsonb_array_elements($1::text::jsonb) AS given (row),
    LATERAL jsonb_populate_record(NULL::gb_meta.audit_log, given.row) r
ON CONFLICT DO NOTHING
