-- purpose: one part of the seal of a month
-- privilege: INSERT ON TABLE gb_meta.audit_seals
-- cost: one row
INSERT INTO gb_meta.audit_seals
    (month, part, records, first_at, last_at, previous, chain, ids, digests, tool_version)
VALUES ($1::date, $2::integer, $3::integer, $4::timestamptz, $5::timestamptz, $6::bytea, $7::bytea, $8::uuid[],
        $9::bytea, $10::text)
