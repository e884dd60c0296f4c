-- purpose: whether a table ($1) can be read by created_at: a whole, valid b-tree index of it begins with that column
-- privilege: none
-- cost: catalog look-ups of one table
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = c.relam
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = pg_catalog.to_regclass($1::text) AND i.indisvalid AND i.indisready AND i.indpred IS NULL
        AND am.amname = 'btree' AND a.attname = 'created_at'
) AS dated
