-- purpose: what has become visible in the audit log since the cursor ($1 xid, $2 xids that were still open), with its snapshot
-- privilege: pg_read_all_data
-- cost: two scans of the partial index on tx in each partition; 3 buffers a partition when nothing is new
--
-- The same arithmetic as queries/general_bots/tail_poll.sql, which says why.
(SELECT concat_ws(' ', pg_current_snapshot()::text, pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time()),
                  pg_backend_pid(), extract(epoch FROM clock_timestamp())) AS header,
        NULL::text AS tx, NULL::uuid AS id, NULL::uuid AS org_id, NULL::text AS action, NULL::text AS object_table,
        NULL::text AS object_id, NULL::text AS actor, NULL::text AS os_user, NULL::text AS application_name,
        NULL::text AS client_addr, NULL::text AS reason, NULL::text AS before, NULL::text AS after,
        NULL::text AS detail, NULL::boolean AS cut, NULL::timestamptz AS created_at)
UNION ALL
(SELECT NULL, m.tx::text, m.id, m.org_id, m.action, m.object_table, m.object_id, m.actor,
       m.os_user, m.application_name, host(m.client_addr), left(m.reason, 4000),
       CASE WHEN octet_length(m.before::text) <= 16000 THEN m.before::text END,
       CASE WHEN octet_length(m.after::text) <= 16000 THEN m.after::text END,
       CASE WHEN octet_length(m.detail::text) <= 16000 THEN m.detail::text END,
       coalesce(greatest(octet_length(m.before::text), octet_length(m.after::text), octet_length(m.detail::text)) > 16000,
                false) OR coalesce(char_length(m.reason) > 4000, false), m.created_at
 FROM gb_meta.audit_log m
 WHERE m.tx > '3' AND m.tx >= $1::text::xid8 AND m.tx < pg_snapshot_xmax(pg_current_snapshot())
/*where*/
 ORDER BY m.tx LIMIT 2000)
UNION ALL
(SELECT NULL, m.tx::text, m.id, m.org_id, m.action, m.object_table, m.object_id, m.actor,
       m.os_user, m.application_name, host(m.client_addr), left(m.reason, 4000),
       CASE WHEN octet_length(m.before::text) <= 16000 THEN m.before::text END,
       CASE WHEN octet_length(m.after::text) <= 16000 THEN m.after::text END,
       CASE WHEN octet_length(m.detail::text) <= 16000 THEN m.detail::text END,
       coalesce(greatest(octet_length(m.before::text), octet_length(m.after::text), octet_length(m.detail::text)) > 16000,
                false) OR coalesce(char_length(m.reason) > 4000, false), m.created_at
 FROM gb_meta.audit_log m
 WHERE m.tx > '3' AND m.tx = ANY($2::text[]::xid8[])
/*where*/
 ORDER BY m.tx LIMIT 2000)
-- where: org
AND (m.org_id = $3::uuid) IS TRUE
