-- purpose: event triggers; for comparing two states of a schema
-- privilege: none
-- cost: one pass over a few catalogs; opens no table, but waits where one is locked exclusively
SELECT
    t.evtname::text AS name,
    concat_ws(
        ' ', t.evtevent, 'enabled', t.evtenabled, 'tags', array_to_string(t.evttags, ','), 'calls', t.evtfoid::regproc
    ) AS definition
FROM pg_catalog.pg_event_trigger AS t
WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_event_trigger'::regclass AND e.objid = t.oid AND e.deptype = 'e'
    )
