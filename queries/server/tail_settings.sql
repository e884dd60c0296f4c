-- purpose: settings of the tail's own connection: plan the poll once, on one core
-- privilege: none
-- cost: no table is read
SELECT set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('max_parallel_workers_per_gather', '0', false)
