-- purpose: the plan of the statement in the setting gbtui.statement with the values of gbtui.values (a JSON array), left in gbtui.plan
-- privilege: none
-- cost: plans the statement once; runs it only if gbtui.explain says ANALYZE
DO $explain$
DECLARE
    plan text;
    given text;
BEGIN
    -- What a failure left behind: names of prepared statements outlive their transaction.
    IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements p WHERE p.name OPERATOR(pg_catalog.=) 'gbtui_explained') THEN
        DEALLOCATE gbtui_explained;
    END IF;
    EXECUTE pg_catalog.concat('PREPARE gbtui_explained AS ', pg_catalog.current_setting('gbtui.statement'));
    SELECT pg_catalog.string_agg(pg_catalog.quote_nullable(v.value), ', ' ORDER BY v.place) INTO given
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('gbtui.values')::pg_catalog.jsonb)
        WITH ORDINALITY AS v (value, place);
    EXECUTE pg_catalog.concat(
        'EXPLAIN (', pg_catalog.current_setting('gbtui.explain'), 'VERBOSE, FORMAT JSON) EXECUTE gbtui_explained ',
        '(' OPERATOR(pg_catalog.||) given OPERATOR(pg_catalog.||) ')'
    ) INTO plan;
    DEALLOCATE gbtui_explained;
    PERFORM pg_catalog.set_config('gbtui.plan', plan, true);
END
$explain$
