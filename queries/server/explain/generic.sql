-- purpose: the plan of the statement in the setting gbtui.statement whatever its parameters are, left in the setting gbtui.plan
-- privilege: none
-- cost: plans the statement once; executes nothing of it
-- versions: 16-
DO $explain$
DECLARE
    plan text;
BEGIN
    EXECUTE pg_catalog.concat(
        'EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) ', pg_catalog.current_setting('gbtui.statement')
    ) INTO plan;
    PERFORM pg_catalog.set_config('gbtui.plan', plan, true);
END
$explain$
