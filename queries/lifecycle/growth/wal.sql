-- purpose: the bytes of the WAL that is kept
-- privilege: pg_monitor
-- cost: lists one directory
SELECT coalesce(sum(w.size), 0)::bigint AS bytes FROM pg_ls_waldir() w
