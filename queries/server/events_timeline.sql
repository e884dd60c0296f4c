-- purpose: when this server began its newest timeline: a promotion, or a recovery to a point in time
-- privilege: pg_monitor
-- cost: lists the directory of WAL, once for each timeline that is seen
SELECT w.name, w.modification AS at
FROM pg_catalog.pg_ls_waldir() w
WHERE w.name ~ '^[0-9A-F]{8}\.history$'
ORDER BY w.name DESC
LIMIT 1
