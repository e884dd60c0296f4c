-- purpose: subscriptions as 14 knows them: it counts no errors and no conflicts
-- privilege: none
-- versions: -14
-- cost: one row a subscription
SELECT
    s.subname::text AS name,
    s.subenabled AS enabled,
    false AS disable_on_error,
    array_to_string(s.subpublications, ', ') AS publications,
    coalesce(s.subslotname::text, '') AS slot,
    w.pid AS worker_pid,
    pg_wal_lsn_diff(w.received_lsn, w.latest_end_lsn)::bigint AS unconfirmed_bytes,
    date_part('epoch', clock_timestamp() - w.last_msg_receipt_time) AS message_age,
    (
        SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srsubstate NOT IN ('r', 's')
    ) AS syncing_tables,
    (SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = s.oid) AS tables,
    NULL::bigint AS apply_errors,
    NULL::bigint AS sync_errors,
    NULL::bigint AS conflicts,
    '' AS conflict_kinds,
    pg_get_userbyid(s.subowner)::text AS owner,
    NULL::timestamptz AS stats_reset
FROM pg_subscription s
LEFT JOIN pg_stat_subscription w ON w.subid = s.oid AND w.relid IS NULL
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    -- A standby has its primary's subscriptions in its catalog, and runs none of them.
    AND NOT pg_is_in_recovery()
ORDER BY s.subname
