-- The jobs that are nothing but SQL, as one procedure: for pg_cron, where it is installed and asked for.
--
-- gb_meta.run_job(name) does what `gbtui jobs run NAME` does: it takes the same advisory lock, writes the same record,
-- and works in batches, each a transaction of its own that waits 100 ms for a lock at most. A procedure that commits can
-- set nothing for its own time, so every name is written with its schema.

CREATE FUNCTION gb_meta.job_lock(job text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ('x' || encode(substring(sha256(convert_to('gbtui.job', 'UTF8') || '\x00'::bytea || convert_to(job, 'UTF8'))
        FROM 1 FOR 8), 'hex'))::bit(64)::bigint
$$;
COMMENT ON FUNCTION gb_meta.job_lock(text) IS 'The key of a background job''s advisory lock';
REVOKE ALL ON FUNCTION gb_meta.job_lock(text) FROM PUBLIC;

CREATE FUNCTION gb_meta.revoke_expired(most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- One batch. Rows that somebody holds are left for the next run.
DECLARE
    revoked integer;
BEGIN
    WITH chosen AS MATERIALIZED (
        SELECT s.id
        FROM public.user_sessions s
        -- A week back is enough for a job that runs every hour; `gbtui jobs run sessions` looks at all.
        WHERE s.expires_at >= now() - interval '7 days' AND s.expires_at < now()
          AND s.session_token NOT LIKE 'revoked:%'
        ORDER BY s.expires_at
        LIMIT most
        FOR UPDATE SKIP LOCKED
    )
    UPDATE public.user_sessions s SET session_token = 'revoked:' || s.id
    FROM chosen c
    WHERE s.id = c.id;
    GET DIAGNOSTICS revoked = ROW_COUNT;
    IF revoked > 0 THEN
        PERFORM gb_meta.audit('session.expired', 'public.user_sessions',
            detail => jsonb_build_object('rows', revoked));
    END IF;
    RETURN revoked;
END
$$;
COMMENT ON FUNCTION gb_meta.revoke_expired(integer) IS
    'Puts tombstones in the place of so many expired sessions'' tokens; the sessions and their messages stay';
REVOKE ALL ON FUNCTION gb_meta.revoke_expired(integer) FROM PUBLIC;

CREATE PROCEDURE gb_meta.run_job(name text)
LANGUAGE plpgsql
AS $$
DECLARE
    batch   CONSTANT integer := 500;
    began   CONSTANT timestamptz := pg_catalog.clock_timestamp();
    run     bigint;
    changed integer;
    total   integer := 0;
    made    text[];
    tries   integer := 0;
    failure text;
BEGIN
    IF name NOT IN ('partitions', 'sessions') THEN
        RAISE EXCEPTION 'no such job in SQL: %', name USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_catalog.pg_try_advisory_lock(gb_meta.job_lock(name)) THEN
        RETURN;
    END IF;
    UPDATE gb_meta.job_runs r SET state = 'failed', finished_at = pg_catalog.now(), error = 'cut off'
    WHERE r.job = name AND r.state = 'running';
    INSERT INTO gb_meta.job_runs (job, started_at, detail)
    VALUES (name, began, pg_catalog.jsonb_build_object('host', 'pg_cron', 'process', pg_catalog.pg_backend_pid()))
    RETURNING id INTO run;
    COMMIT;
    LOOP
        BEGIN
            PERFORM pg_catalog.set_config('lock_timeout', '100ms', true);
            IF name = 'partitions' THEN
                made := gb_meta.make_partitions(3);
                changed := pg_catalog.cardinality(made);
                total := total + changed;
                changed := 0;
            ELSE
                changed := gb_meta.revoke_expired(batch);
                total := total + changed;
            END IF;
            tries := 0;
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected THEN
                tries := tries + 1;
                failure := CASE WHEN tries >= 20 THEN SQLERRM END;
                changed := batch;
            WHEN OTHERS THEN
                failure := SQLERRM;
        END;
        COMMIT;
        EXIT WHEN failure IS NOT NULL OR changed < batch;
        -- Writers pass, and what waited for the batch before goes on.
        PERFORM pg_catalog.pg_sleep(CASE WHEN tries > 0 THEN 0.2 * tries ELSE 0.05 END);
    END LOOP;
    UPDATE gb_meta.job_runs r
    SET state = CASE WHEN failure IS NULL THEN 'done' ELSE 'failed' END,
        finished_at = pg_catalog.clock_timestamp(), error = failure,
        detail = r.detail || CASE WHEN failure IS NULL
            THEN pg_catalog.jsonb_build_object('counts', pg_catalog.jsonb_build_object(name, total)) ELSE '{}' END
    WHERE r.id = run;
    COMMIT;
    PERFORM pg_catalog.pg_advisory_unlock(gb_meta.job_lock(name));
END
$$;
COMMENT ON PROCEDURE gb_meta.run_job(text) IS
    'Runs the background job partitions or sessions, as gbtui jobs run does; for pg_cron';
REVOKE ALL ON PROCEDURE gb_meta.run_job(text) FROM PUBLIC;
