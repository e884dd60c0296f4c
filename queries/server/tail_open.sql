-- purpose: on a standby, the transactions from $1 on, and of those in $2, that are still open
-- privilege: none
-- cost: one look into the transaction status for each transaction since the last poll
--
-- A snapshot taken in recovery lists no open transactions. Asked before the poll, this is a superset of what is open in
-- the poll's own snapshot. A number that the standby has not replayed yet counts as open.
SELECT greatest($1::text::bigint, pg_snapshot_xmax(s)::text::bigint)::text AS hi,
       array(SELECT x::text
             FROM (SELECT unnest($2::text[]::bigint[]) AS x
                   UNION
                   SELECT generate_series(greatest($1::text::bigint, pg_snapshot_xmin(s)::text::bigint),
                                          pg_snapshot_xmax(s)::text::bigint - 1)) c
             WHERE CASE WHEN x >= pg_snapshot_xmax(s)::text::bigint THEN true
                        ELSE pg_xact_status(x::text::xid8) = 'in progress' END) AS pending
FROM pg_current_snapshot() s
