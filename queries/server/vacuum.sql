-- purpose: autovacuum's queue: each table's dead and inserted rows against its thresholds by the server's own rules, its TOAST table folded in, and the vacuum that works on it
-- privilege: pg_read_all_stats
-- cost: the catalog and the statistics in shared memory (5,000 tables: about 60 ms, every minute); no table is opened
WITH server AS MATERIALIZED (
    SELECT
        current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean AS enabled,
        current_setting('autovacuum_vacuum_threshold')::float8 AS base,
        current_setting('autovacuum_vacuum_scale_factor')::float8 AS scale,
        current_setting('autovacuum_vacuum_max_threshold', true)::float8 AS cap,
        current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insert_base,
        current_setting('autovacuum_vacuum_insert_scale_factor')::float8 AS insert_scale,
        current_setting('autovacuum_freeze_max_age')::float8 AS freeze,
        current_setting('autovacuum_multixact_freeze_max_age')::float8 AS multixact_freeze,
        current_setting('autovacuum_max_workers')::int AS max_workers,
        (SELECT count(*)::int FROM pg_stat_activity a WHERE a.backend_type = 'autovacuum worker') AS workers
),

options AS MATERIALIZED (
    SELECT
        c.oid,
        max(o.option_value) FILTER (WHERE o.option_name = 'autovacuum_enabled')::boolean AS enabled,
        max(o.option_value) FILTER (WHERE o.option_name = 'autovacuum_vacuum_threshold')::float8 AS base,
        max(o.option_value) FILTER (WHERE o.option_name = 'autovacuum_vacuum_scale_factor')::float8 AS scale,
        max(o.option_value) FILTER (WHERE o.option_name = 'autovacuum_vacuum_max_threshold')::float8 AS cap,
        max(o.option_value) FILTER (WHERE o.option_name = 'autovacuum_vacuum_insert_threshold')::float8 AS insert_base,
        max(o.option_value) FILTER (
            WHERE o.option_name = 'autovacuum_vacuum_insert_scale_factor'
        )::float8 AS insert_scale,
        max(o.option_value) FILTER (WHERE o.option_name = 'autovacuum_freeze_max_age')::float8 AS freeze,
        max(o.option_value) FILTER (
            WHERE o.option_name = 'autovacuum_multixact_freeze_max_age'
        )::float8 AS multixact_freeze
    FROM pg_class c
    CROSS JOIN LATERAL pg_options_to_table(c.reloptions) o
    WHERE c.relkind IN ('r', 'm', 't') AND c.reloptions IS NOT NULL
    GROUP BY c.oid
),

running AS MATERIALIZED (
    SELECT
        p.relid,
        p.pid,
        a.backend_start,
        to_jsonb(p)::text AS details,
        coalesce(a.backend_type, '') AS kind,
        coalesce(a.query, '') AS query
    FROM pg_stat_progress_vacuum p
    LEFT JOIN pg_stat_activity a ON a.pid = p.pid
    WHERE p.datname = current_database()
),

-- A TOAST table without options of its own goes by its table's. Temporary tables are their session's own business.
parts AS MATERIALIZED (
    SELECT
        c.oid AS owner,
        c.oid AS part,
        false AS toast,
        c.oid AS advised_by,
        greatest(c.reltuples, 0) AS tuples,
        age(c.relfrozenxid) AS xid_age,
        mxid_age(c.relminmxid) AS mxid_age,
        pg_stat_get_dead_tuples(c.oid) AS dead,
        pg_stat_get_ins_since_vacuum(c.oid) AS inserted
    FROM pg_class c
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
    UNION ALL
    SELECT
        c.oid,
        t.oid,
        true,
        CASE WHEN t.reloptions IS NULL THEN c.oid ELSE t.oid END,
        greatest(t.reltuples, 0),
        age(t.relfrozenxid),
        mxid_age(t.relminmxid),
        pg_stat_get_dead_tuples(t.oid),
        pg_stat_get_ins_since_vacuum(t.oid)
    FROM pg_class c
    JOIN pg_class t ON t.oid = c.reltoastrelid
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
),

ruled AS (
    SELECT
        p.*,
        coalesce(o.enabled, true) AS enabled,
        coalesce(o.base, s.base) + coalesce(o.scale, s.scale) * p.tuples AS wanted,
        nullif(coalesce(o.cap, s.cap), -1) AS cap,
        CASE WHEN coalesce(o.insert_base, s.insert_base) >= 0 THEN coalesce(o.insert_base, s.insert_base) END AS insert_base,
        -- 18 counts only the part of the table that is not frozen yet; the column is read through jsonb, which
        -- costs, so only where the answer can matter.
        coalesce(o.insert_scale, s.insert_scale) * p.tuples * CASE
            WHEN p.inserted > coalesce(o.insert_base, s.insert_base) THEN (
                SELECT 1 - coalesce(
                    least((to_jsonb(c) ->> 'relallfrozen')::float8 / nullif(c.relpages, 0), 1), 0
                )
                FROM pg_class c WHERE c.oid = p.part
            )
            ELSE 1
        END AS insert_more,
        p.xid_age > least(coalesce(o.freeze, s.freeze), s.freeze)
            OR p.mxid_age > least(coalesce(o.multixact_freeze, s.multixact_freeze), s.multixact_freeze) AS forced
    FROM parts p
    CROSS JOIN server s
    LEFT JOIN options o ON o.oid = p.advised_by
),

folded AS (
    SELECT
        r.owner,
        bool_or(r.enabled) FILTER (WHERE NOT r.toast) AS enabled,
        coalesce(bool_or(r.enabled) FILTER (WHERE r.toast), true) AS toast_enabled,
        bool_or(r.forced) AS forced,
        max(r.dead) FILTER (WHERE NOT r.toast) AS dead_rows,
        max(least(r.wanted, r.cap)) FILTER (WHERE NOT r.toast) AS dead_threshold,
        max(r.inserted) FILTER (WHERE NOT r.toast) AS inserted_rows,
        max(r.insert_base + r.insert_more) FILTER (WHERE NOT r.toast) AS insert_threshold,
        coalesce(max(r.dead) FILTER (WHERE r.toast), 0) AS toast_dead_rows,
        max(least(r.wanted, r.cap)) FILTER (WHERE r.toast) AS toast_threshold,
        max(r.tuples) FILTER (WHERE NOT r.toast) AS rows_estimate,
        max(r.dead / greatest(least(r.wanted, r.cap), 1)) AS over_by_dead,
        max(r.inserted / CASE
            WHEN r.insert_base IS NOT NULL THEN greatest(r.insert_base + r.insert_more, 1)
        END) AS over_by_inserts,
        min(w.pid) AS pid
    FROM ruled r
    LEFT JOIN running w ON w.relid = r.part
    GROUP BY r.owner
    HAVING max(r.dead) > 0 OR max(r.inserted) > 0 OR bool_or(r.forced) OR min(w.pid) IS NOT NULL
),

foremost AS MATERIALIZED (
    SELECT f.*
    FROM folded f
    ORDER BY
        f.pid IS NULL,
        f.forced DESC,
        f.over_by_dead >= 1 DESC NULLS LAST,
        greatest(f.over_by_dead, f.over_by_inserts) DESC NULLS LAST
    LIMIT $1
)

SELECT
    CASE WHEN n.nspname = 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS table,
    format('%I.%I', n.nspname, c.relname) AS quoted,
    f.over_by_dead::float8,
    f.over_by_inserts::float8,
    f.dead_rows,
    f.dead_threshold::float8,
    f.inserted_rows,
    f.insert_threshold::float8,
    f.toast_dead_rows,
    f.toast_threshold::float8,
    f.rows_estimate::float8,
    f.enabled,
    f.toast_enabled,
    f.forced,
    date_part('epoch', clock_timestamp() - greatest(
        pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)
    )) AS vacuumed_age,
    f.pid,
    w.backend_start,
    coalesce(w.details, '{}') AS details,
    coalesce(w.kind, '') AS kind,
    coalesce(w.query, '') AS query,
    s.enabled AS server_enabled,
    s.workers,
    s.max_workers
FROM foremost f
JOIN pg_class c ON c.oid = f.owner
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN server s
LEFT JOIN running w ON w.pid = f.pid
ORDER BY f.pid IS NULL, f.forced DESC, f.over_by_dead >= 1 DESC NULLS LAST, greatest(f.over_by_dead, f.over_by_inserts) DESC NULLS LAST, 1
