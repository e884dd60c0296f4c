-- purpose: a page of audit records behind ($1 created_at, $2 id), oldest first
-- privilege: pg_read_all_data
-- cost: one range of the index on (created_at, id), and one look into that of each older partition
SELECT NULL::text AS header, m.tx::text AS tx, m.id, m.org_id, m.action, m.object_table, m.object_id, m.actor,
       m.os_user, m.application_name, host(m.client_addr) AS client_addr, left(m.reason, 4000) AS reason,
       CASE WHEN octet_length(m.before::text) <= 16000 THEN m.before::text END AS before,
       CASE WHEN octet_length(m.after::text) <= 16000 THEN m.after::text END AS after,
       CASE WHEN octet_length(m.detail::text) <= 16000 THEN m.detail::text END AS detail,
       coalesce(greatest(octet_length(m.before::text), octet_length(m.after::text), octet_length(m.detail::text)) > 16000,
                false) OR coalesce(char_length(m.reason) > 4000, false) AS cut, m.created_at
FROM gb_meta.audit_log m
WHERE (m.created_at, m.id) > ($1::timestamptz, $2::uuid)
/*where*/
ORDER BY m.created_at, m.id LIMIT 2000
-- where: org
AND m.org_id = $3::uuid
