-- purpose: the whole text of the statement with query id $1; of the user $2 and the database $3, else of the connected database
-- privilege: pg_read_all_stats
-- cost: reads the whole file of texts (some MB for 10,000 statements); asked when somebody wants this statement explained
SELECT
    coalesce(left(s.query, 200000), '') AS query,
    coalesce(d.datname::text, '') AS database,
    coalesce(pg_get_userbyid(s.userid), '')::text AS "user",
    s.queryid AS query_id,
    coalesce(length(s.query) > 200000, false) AS cut
FROM /*schema*/pg_stat_statements(true) s
LEFT JOIN pg_database d ON d.oid = s.dbid
WHERE
    s.queryid = $1::bigint
    AND ($2::bigint = 0 OR s.userid = $2::bigint::oid)
    AND CASE WHEN $3::bigint = 0 THEN d.datname = current_database() ELSE s.dbid = $3::bigint::oid END
LIMIT 1
