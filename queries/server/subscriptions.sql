-- purpose: subscriptions of this database: the worker that applies them, what it received, its errors and conflicts
-- privilege: none
-- versions: 15-
-- cost: one row a subscription, one of statistics each; columns that the server's version lacks come as null (read through jsonb)
SELECT
    s.subname::text AS name,
    s.subenabled AS enabled,
    s.subdisableonerr AS disable_on_error,
    array_to_string(s.subpublications, ', ') AS publications,
    coalesce(s.subslotname::text, '') AS slot,
    w.pid AS worker_pid,
    pg_wal_lsn_diff(w.received_lsn, w.latest_end_lsn)::bigint AS unconfirmed_bytes,
    date_part('epoch', clock_timestamp() - w.last_msg_receipt_time) AS message_age,
    (
        SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srsubstate NOT IN ('r', 's')
    ) AS syncing_tables,
    (SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = s.oid) AS tables,
    e.apply_error_count AS apply_errors,
    e.sync_error_count AS sync_errors,
    CASE WHEN to_jsonb(e) ? 'confl_insert_exists' THEN (
        SELECT sum(c.value::bigint)::bigint FROM jsonb_each_text(to_jsonb(e)) c WHERE c.key LIKE 'confl\_%'
    ) END AS conflicts,
    coalesce((
        SELECT string_agg(replace(substr(c.key, 7), '_', ' ') || ' ' || c.value, ', ' ORDER BY c.value::bigint DESC)
        FROM jsonb_each_text(to_jsonb(e)) c WHERE c.key LIKE 'confl\_%' AND c.value <> '0'
    ), '') AS conflict_kinds,
    pg_get_userbyid(s.subowner)::text AS owner,
    e.stats_reset
FROM pg_subscription s
LEFT JOIN pg_stat_subscription w ON w.subid = s.oid AND w.relid IS NULL AND to_jsonb(w) ->> 'leader_pid' IS NULL
LEFT JOIN pg_stat_subscription_stats e ON e.subid = s.oid
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    -- A standby has its primary's subscriptions in its catalog, and runs none of them.
    AND NOT pg_is_in_recovery()
ORDER BY s.subname
