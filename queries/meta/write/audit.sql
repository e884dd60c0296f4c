-- purpose: one audit record in the caller's transaction; login, address and time are the server's
-- privilege: none
-- cost: one row
SELECT gb_meta.audit(
    action => $1::text, object_table => $2::text, object_id => $3::text, org_id => $4::uuid,
    reason => $5::text, os_user => $6::text, detail => $7::jsonb, before => $8::jsonb, after => $9::jsonb
) AS id
