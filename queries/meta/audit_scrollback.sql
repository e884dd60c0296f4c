-- purpose: audit records before ($2 created_at, $3 id), newest first, at most $1
-- privilege: pg_read_all_data
-- cost: one range of the index on (created_at, id), and one look into that of each younger partition
SELECT NULL::text AS header, m.tx::text AS tx, m.id, m.org_id, m.action, m.object_table, m.object_id, m.actor,
       m.os_user, m.application_name, host(m.client_addr) AS client_addr, left(m.reason, 4000) AS reason,
       CASE WHEN octet_length(m.before::text) <= 16000 THEN m.before::text END AS before,
       CASE WHEN octet_length(m.after::text) <= 16000 THEN m.after::text END AS after,
       CASE WHEN octet_length(m.detail::text) <= 16000 THEN m.detail::text END AS detail,
       coalesce(greatest(octet_length(m.before::text), octet_length(m.after::text), octet_length(m.detail::text)) > 16000,
                false) OR coalesce(char_length(m.reason) > 4000, false) AS cut, m.created_at
FROM gb_meta.audit_log m
WHERE (m.created_at, m.id) < ($2::timestamptz, $3::uuid)
/*where*/
ORDER BY m.created_at DESC, m.id DESC LIMIT $1
-- where: org
AND m.org_id = $4::uuid
