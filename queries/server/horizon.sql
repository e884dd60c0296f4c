-- purpose: who holds the xmin horizon back, so that vacuum cannot remove dead rows: backends, prepared transactions, replication slots, standbys
-- privilege: pg_read_all_stats
-- cost: one pass over the backend array, the prepared transactions, slots and walsenders; no table is read; texts cut at $2
WITH holders AS (
    SELECT
        'backend' AS holder,
        coalesce(nullif(a.application_name, ''), a.usename::text, a.backend_type) AS name,
        a.pid,
        a.backend_start,
        coalesce(a.datname::text, '') AS database,
        coalesce(a.usename::text, '') AS "user",
        a.application_name AS application,
        coalesce(a.state, a.backend_type) AS state,
        coalesce(greatest(age(a.backend_xmin), age(a.backend_xid)), 0) AS xmin_age,
        NULL::int AS catalog_xmin_age,
        date_part('epoch', clock_timestamp() - coalesce(a.xact_start, a.backend_start)) AS held_age,
        left(a.query, $2::int) AS query
    FROM pg_stat_activity a
    WHERE
        (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
        AND a.backend_type <> 'walsender'
        AND a.pid <> pg_backend_pid()
        -- A worker shares its leader's snapshot; a vacuum's own does not count for others.
        AND (a.leader_pid IS NULL OR a.leader_pid = a.pid)
        AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum p WHERE p.pid = a.pid)
    UNION ALL
    SELECT
        'prepared', p.gid, NULL, NULL, p.database::text, p.owner::text, '', '', age(p.transaction), NULL,
        date_part('epoch', clock_timestamp() - p.prepared), ''
    FROM pg_prepared_xacts p
    UNION ALL
    SELECT
        'slot', s.slot_name::text, NULL, NULL, coalesce(s.database::text, ''), '', coalesce(a.application_name, ''),
        s.slot_type || CASE WHEN s.active THEN ', in use' ELSE ', not in use' END,
        coalesce(age(s.xmin), 0), age(s.catalog_xmin),
        date_part('epoch', clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz), ''
    FROM pg_replication_slots s
    LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
    WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
    UNION ALL
    SELECT
        'standby', r.application_name, NULL, NULL, '', coalesce(r.usename::text, ''), r.application_name,
        coalesce(r.state, ''), age(r.backend_xmin), NULL, NULL, ''
    FROM pg_stat_replication r
    WHERE r.backend_xmin IS NOT NULL
)

SELECT h.*, h.database <> '' AND h.database <> current_database() AS elsewhere
FROM holders h
ORDER BY greatest(h.xmin_age, h.catalog_xmin_age) DESC, h.held_age DESC NULLS LAST, h.name
LIMIT $1
