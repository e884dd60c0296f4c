-- purpose: of the audit records between $1 and $2, a page behind ($3 time, $4 id) in their order: what a chain is made of
-- privilege: SELECT ON TABLE gb_meta.audit_log
-- cost: one range of the index on (created_at, id), $5 records at most; each is hashed by the server
SELECT m.id, m.created_at AS at,
       sha256(convert_to(jsonb_build_array(
           m.id, m.org_id, m.action, m.object_table, m.object_id, m.actor, m.os_user, m.application_name,
           m.client_addr::text, m.reason, m.before, m.after, m.detail,
           (extract(epoch FROM m.created_at) * 1000000)::bigint, m.tx::text)::text, 'UTF8')) AS digest
FROM gb_meta.audit_log m
WHERE m.created_at >= $1::timestamptz AND m.created_at < $2::timestamptz
  AND (m.created_at, m.id) > ($3::timestamptz, $4::uuid)
ORDER BY m.created_at, m.id LIMIT $5
