-- purpose: on a standby, how far its replay is behind and whether its receiver lives; no row on a primary
-- privilege: pg_read_all_stats
-- cost: functions and one row of pg_stat_wal_receiver; no table is read
SELECT
    coalesce(r.status, '') AS receiver,
    coalesce(r.sender_host, '') AS sender,
    coalesce((SELECT g.setting <> '' FROM pg_settings g WHERE g.name = 'primary_conninfo'), false) AS has_sender,
    coalesce(r.slot_name::text, '') AS slot,
    EXTRACT(epoch FROM clock_timestamp() - r.last_msg_receipt_time)::float8 AS last_message_age,
    pg_wal_lsn_diff(p.received, p.replayed)::bigint AS unreplayed_bytes,
    CASE
        WHEN r.status = 'streaming' AND p.received = p.replayed THEN 0
        ELSE EXTRACT(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END::float8 AS replay_delay,
    CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused
FROM (SELECT pg_last_wal_receive_lsn() AS received, pg_last_wal_replay_lsn() AS replayed) p
LEFT JOIN pg_stat_wal_receiver r ON true
WHERE pg_is_in_recovery()
