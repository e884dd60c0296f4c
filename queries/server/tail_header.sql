-- purpose: this statement's snapshot and the server process it was taken in
-- privilege: none
-- cost: no table is read
SELECT concat_ws(' ', pg_current_snapshot()::text, pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time()),
                 pg_backend_pid(), extract(epoch FROM clock_timestamp())) AS header
