-- purpose: functions that planning a statement with the names $1 may run ($2: that running it may) and whose owner could not do as much as this login; where it is run, views and operators of such owners, too
-- privilege: none
-- cost: one pass over pg_proc; for each function of a third party a look into pg_depend; $2: one over pg_operator and pg_class
WITH third AS MATERIALIZED (
    SELECT r.oid
    FROM pg_roles r
    WHERE
        NOT r.rolsuper
        AND r.rolname <> current_user
        AND NOT (r.rolname = 'gb_owner' AND NOT r.rolcanlogin)
        -- To a superuser the owner of a database is somebody else; to others it is who is trusted with it anyway.
        AND NOT (
            current_setting('is_superuser') = 'off'
            AND r.oid = (SELECT d.datdba FROM pg_database d WHERE d.datname = current_database())
        )
)

SELECT
    'function' AS kind,
    p.proname::text AS name,
    pg_get_userbyid(p.proowner)::text AS owner,
    p.proname = ANY($1::text[]) AS named
FROM pg_proc p
WHERE
    p.proowner IN (SELECT t.oid FROM third t)
    AND ($2::boolean OR p.provolatile IN ('i', 's'))
    AND (
        p.proname = ANY($1::text[])
        -- What an operator, cast, view, policy, default, constraint or index calls stands in no statement.
        OR EXISTS (
            SELECT FROM pg_depend d
            WHERE
                d.refclassid = 'pg_proc'::regclass
                AND d.refobjid = p.oid
                AND d.classid NOT IN ('pg_proc'::regclass, 'pg_trigger'::regclass, 'pg_event_trigger'::regclass)
        )
    )
UNION ALL
-- These may call what the server brings along, such as pg_terminate_backend, and no text shows it.
SELECT 'view', c.relname::text, pg_get_userbyid(c.relowner)::text, true
FROM pg_class c
WHERE $2::boolean AND c.relkind = 'v' AND c.relname = ANY($1::text[]) AND c.relowner IN (SELECT t.oid FROM third t)
UNION ALL
SELECT 'operator', o.oprname::text, pg_get_userbyid(o.oprowner)::text, false
FROM pg_operator o
WHERE $2::boolean AND o.oprowner IN (SELECT t.oid FROM third t)
ORDER BY named DESC, name
LIMIT 3
