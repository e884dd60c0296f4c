-- purpose: replication slots, the WAL they hold back, and whether they can still be used
-- privilege: none
-- cost: one row a slot; columns that the server's version lacks come as null (read through jsonb)
SELECT
    s.slot_name::text AS name,
    s.slot_type AS kind,
    coalesce(s.plugin::text, '') AS plugin,
    coalesce(s.database::text, '') AS database,
    s.temporary,
    s.active,
    s.active_pid,
    pg_wal_lsn_diff(w.lsn, s.restart_lsn)::bigint AS retained_bytes,
    pg_wal_lsn_diff(w.lsn, s.confirmed_flush_lsn)::bigint AS unconfirmed_bytes,
    coalesce(s.wal_status, '') AS wal_status,
    s.safe_wal_size AS safe_bytes,
    (SELECT setting::bigint FROM pg_settings WHERE name = 'max_slot_wal_keep_size') < 0 AS unlimited,
    age(s.xmin) AS xmin_age,
    age(s.catalog_xmin) AS catalog_xmin_age,
    (to_jsonb(s) ->> 'inactive_since')::timestamptz AS inactive_since,
    coalesce(to_jsonb(s) ->> 'invalidation_reason', '') AS invalidation_reason,
    (to_jsonb(s) ->> 'failover')::boolean AS failover,
    (to_jsonb(s) ->> 'synced')::boolean AS synced
FROM pg_replication_slots s
CROSS JOIN (
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn
) w
ORDER BY pg_wal_lsn_diff(w.lsn, s.restart_lsn) DESC NULLS LAST, s.slot_name
