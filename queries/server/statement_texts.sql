-- purpose: the texts of the given statements ($1: query ids), cut at 10,000 signs, with the names of their users and databases
-- privilege: pg_read_all_stats
-- cost: reads the whole file of texts (some MB for 10,000 statements), so it is asked only for statements not read before
SELECT
    s.queryid AS query_id,
    s.userid::bigint AS user_id,
    s.dbid::bigint AS database_id,
    left(s.query, 10000) AS query,
    length(s.query) AS query_length,
    coalesce(pg_get_userbyid(s.userid), '')::text AS user,
    coalesce(d.datname::text, '') AS database
FROM /*schema*/pg_stat_statements(true) s
LEFT JOIN pg_database d ON d.oid = s.dbid
WHERE s.queryid = ANY($1::bigint[])
