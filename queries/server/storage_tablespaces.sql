-- purpose: the tablespaces and where they lie
-- privilege: none
-- cost: one row a tablespace
SELECT
    t.oid::bigint AS id,
    t.spcname::text AS name,
    pg_get_userbyid(t.spcowner)::text AS owner,
    pg_tablespace_location(t.oid) AS location
FROM pg_tablespace t
ORDER BY t.spcname
