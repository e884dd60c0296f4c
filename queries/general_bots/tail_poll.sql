-- purpose: what has become visible since the cursor ($1 xid, $2 xids that were still open), with the snapshot it was seen in
-- privilege: none
-- cost: two scans of the partial index on tx in each partition; 3 buffers a partition when nothing is new
--
-- Every row whose transaction was not completed in the last snapshot has tx >= its xmax or tx in its list of open
-- transactions, so the two arms together are exactly what is new, and the first row carries the snapshot for next time.
-- ORDER BY tx LIMIT keeps the index in use without statistics. The upper bound is always true of rows written here;
-- it hides rows restored from another server whose numbers lie in this one's future. Dates that the client cannot hold
-- (infinity, before Christ) are told as the nearest that it can.
(SELECT concat_ws(' ', pg_current_snapshot()::text, pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time()),
                  pg_backend_pid(), extract(epoch FROM clock_timestamp())) AS header,
        NULL::text AS tx, NULL::uuid AS id, NULL::uuid AS session_id, NULL::uuid AS user_id, NULL::uuid AS bot_id,
        NULL::uuid AS org_id, NULL::text AS message, NULL::text AS sender, NULL::timestamptz AS created_at,
        NULL::integer AS length)
UNION ALL
(SELECT NULL, m.tx::text, m.id, m.session_id, m.user_id, m.bot_id, m.org_id, left(m.message, 4000), m.sender,
        least(greatest(m.created_at, '0001-01-03 00:00Z'), '9999-12-30 00:00Z'), char_length(m.message)
 FROM public.message_history m
 WHERE m.tx > '3' AND m.tx >= $1::text::xid8 AND m.tx < pg_snapshot_xmax(pg_current_snapshot())
/*where*/
 ORDER BY m.tx LIMIT 2000)
UNION ALL
(SELECT NULL, m.tx::text, m.id, m.session_id, m.user_id, m.bot_id, m.org_id, left(m.message, 4000), m.sender,
        least(greatest(m.created_at, '0001-01-03 00:00Z'), '9999-12-30 00:00Z'), char_length(m.message)
 FROM public.message_history m
 WHERE m.tx > '3' AND m.tx = ANY($2::text[]::xid8[])
/*where*/
 ORDER BY m.tx LIMIT 2000)
-- where: org
AND (m.org_id = $3::uuid) IS TRUE
