-- purpose: functions that planning a statement with the names $1 may run ($2: that running it may) and whose owner could not do as much as this login
-- privilege: none
-- cost: one pass over pg_proc; for each function of a third party a look into pg_depend
SELECT
    p.proname::text AS name,
    pg_get_userbyid(p.proowner)::text AS owner,
    p.proname = ANY($1::text[]) AS named
FROM pg_proc p
JOIN pg_roles r ON r.oid = p.proowner
WHERE
    NOT r.rolsuper
    AND ($2::boolean OR p.provolatile IN ('i', 's'))
    AND r.rolname <> current_user
    AND NOT (r.rolname = 'gb_owner' AND NOT r.rolcanlogin)
    -- To a superuser the owner of a database is somebody else; to others it is who is trusted with it anyway.
    AND NOT (
        current_setting('is_superuser') = 'off'
        AND p.proowner = (SELECT d.datdba FROM pg_database d WHERE d.datname = current_database())
    )
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
ORDER BY named DESC, 1
LIMIT 3
