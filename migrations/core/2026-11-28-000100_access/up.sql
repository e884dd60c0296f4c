-- Walls: which role may do what with which table, and which rows each sees.
--
-- Roles belong to the whole server and are made by `gbtui access init`, never here. What they may do in this database
-- is one function, gb_meta.apply_access(): it grants and makes policies for those of the roles that exist, takes back
-- what is too much, and changes nothing when all is as it should be. This migration calls it, every later
-- `gbtui migrate up` does, and so does `gbtui access init`, when roles come after the tables.
--
-- Which table is of which kind stands in gb_meta.access_tables, which columns are secret in gb_meta.access_secrets,
-- which functions a role may call in gb_meta.access_functions: a migration that adds one says so there. What is not
-- registered is closed.
--
-- * gb_app sees the rows of one organization, by the setting gb.org_id; unset means no rows. gb.user_id and
--   gb.session_id narrow further: to one person's sessions, to one session. Whoever can run SQL can set a setting: these
--   walls stand between the tenants of one application, not against a person.
-- * gb_viewer and gb_operator are for people: their wall is who they logged in as. session_user cannot be changed by
--   SET or SET ROLE. A login with a row in gb_meta.access_logins that is bound sees its organizations only.
-- * Everything by (SELECT …): computed once a statement, not once a row.
-- * Nothing is FORCEd: owners see their tables.

CREATE TABLE gb_meta.access_logins (
    login_oid  oid PRIMARY KEY,
    login      text NOT NULL UNIQUE CHECK (length(login) BETWEEN 1 AND 63),
    role       text NOT NULL CHECK (role IN ('gb_app', 'gb_viewer', 'gb_monitor', 'gb_operator', 'gb_dba')),
    bound      boolean NOT NULL DEFAULT false,
    granted_by text NOT NULL DEFAULT session_user,
    granted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE gb_meta.access_logins IS 'Logins that gbtui access grant gave a role, and whether they are bound to organizations';
COMMENT ON COLUMN gb_meta.access_logins.login_oid IS 'The login''s number: another role of the same name is another login';
COMMENT ON COLUMN gb_meta.access_logins.login IS 'The login''s name when it was granted; a new role of this name sees nothing until it is granted anew';
COMMENT ON COLUMN gb_meta.access_logins.role IS 'What it was granted';
COMMENT ON COLUMN gb_meta.access_logins.bound IS 'Whether it sees only the organizations in access_organizations; none there: none at all';
COMMENT ON COLUMN gb_meta.access_logins.granted_by IS 'Database login that granted it';
COMMENT ON COLUMN gb_meta.access_logins.granted_at IS 'When';

CREATE TABLE gb_meta.access_organizations (
    login_oid oid NOT NULL REFERENCES gb_meta.access_logins (login_oid) ON DELETE CASCADE,
    org_id    uuid NOT NULL REFERENCES public.organizations (org_id) ON DELETE CASCADE,
    PRIMARY KEY (login_oid, org_id)
);
CREATE INDEX access_organizations_org_id_idx ON gb_meta.access_organizations (org_id);
COMMENT ON TABLE gb_meta.access_organizations IS 'Which organizations a bound login sees; with the last one gone it stays bound, and sees none';
COMMENT ON COLUMN gb_meta.access_organizations.login_oid IS 'The login';
COMMENT ON COLUMN gb_meta.access_organizations.org_id IS 'An organization that it sees';

CREATE TABLE gb_meta.access_tables (
    table_name text PRIMARY KEY CHECK (table_name ~ '^[a-z_]+\.[a-z0-9_]+$'),
    kind    text NOT NULL CHECK (kind IN ('tenant', 'session', 'sessions', 'member', 'users', 'personal', 'mailbox',
        'mail', 'record', 'server', 'lookup', 'closed')),
    app     text NOT NULL DEFAULT 'SELECT, INSERT, UPDATE, DELETE'
);
COMMENT ON TABLE gb_meta.access_tables IS 'What kind each table is: from this follow grants and policies (apply_access)';
COMMENT ON COLUMN gb_meta.access_tables.table_name IS 'Schema and name';
COMMENT ON COLUMN gb_meta.access_tables.kind IS
    'tenant: has org_id; session: and session_id; sessions, member, users: those tables; personal: has user_id alone; mailbox, mail: hang on one that has; record: audit; server: of no tenant; lookup: for all; closed: for the owner';
COMMENT ON COLUMN gb_meta.access_tables.app IS 'What gb_app may do with its rows; empty: nothing';

CREATE TABLE gb_meta.access_secrets (
    table_name  text NOT NULL CHECK (table_name ~ '^[a-z_]+\.[a-z0-9_]+$'),
    column_name text NOT NULL CHECK (length(column_name) BETWEEN 1 AND 63),
    PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE gb_meta.access_secrets IS 'Columns that no viewer and no operator may read';
COMMENT ON COLUMN gb_meta.access_secrets.table_name IS 'Schema and name';
COMMENT ON COLUMN gb_meta.access_secrets.column_name IS 'The column';

CREATE TABLE gb_meta.access_functions (
    name  text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0)
);
COMMENT ON TABLE gb_meta.access_functions IS 'Functions of gb_meta that roles may call; PUBLIC may call none that runs with its owner''s rights';
COMMENT ON COLUMN gb_meta.access_functions.name IS 'The function, in all its forms';
COMMENT ON COLUMN gb_meta.access_functions.roles IS 'Who may call it';

-- Closed at once: apply_access, which reads them, could not.
ALTER TABLE gb_meta.access_logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE gb_meta.access_organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE gb_meta.access_tables ENABLE ROW LEVEL SECURITY;
ALTER TABLE gb_meta.access_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE gb_meta.access_functions ENABLE ROW LEVEL SECURITY;

INSERT INTO gb_meta.access_tables (table_name, kind, app) VALUES
    ('public.organizations', 'tenant', 'SELECT, UPDATE'),
    ('public.bots', 'tenant', DEFAULT),
    ('public.bot_configuration', 'tenant', DEFAULT),
    ('public.bot_memories', 'tenant', DEFAULT),
    ('public.system_automations', 'tenant', DEFAULT),
    ('public.organization_members', 'member', DEFAULT),
    ('public.user_sessions', 'sessions', DEFAULT),
    ('public.message_history', 'session', DEFAULT),
    ('public.clicks', 'session', DEFAULT),
    ('public.kb_collections', 'tenant', DEFAULT),
    ('public.kb_documents', 'tenant', DEFAULT),
    ('public.kb_index_jobs', 'tenant', DEFAULT),
    ('public.user_kb_associations', 'session', DEFAULT),
    ('public.basic_tools', 'tenant', DEFAULT),
    ('public.session_tool_associations', 'session', DEFAULT),
    ('public.users', 'users', 'SELECT, INSERT, UPDATE'),
    ('public.user_login_tokens', 'personal', DEFAULT),
    ('public.user_preferences', 'personal', DEFAULT),
    ('public.user_email_accounts', 'personal', DEFAULT),
    ('public.email_drafts', 'personal', DEFAULT),
    ('public.email_folders', 'mailbox', DEFAULT),
    ('public.folder_messages', 'mail', DEFAULT),
    ('gb_meta.audit_log', 'record', ''),
    ('gb_meta.migration_log', 'server', ''),
    ('gb_meta.job_runs', 'server', ''),
    ('public.__diesel_schema_migrations', 'lookup', ''),
    ('gb_meta.access_logins', 'closed', ''),
    ('gb_meta.access_organizations', 'closed', ''),
    ('gb_meta.access_tables', 'closed', ''),
    ('gb_meta.access_secrets', 'closed', ''),
    ('gb_meta.access_functions', 'closed', '');

INSERT INTO gb_meta.access_secrets (table_name, column_name) VALUES
    ('public.users', 'password_hash'),
    ('public.user_login_tokens', 'token'),
    ('public.user_sessions', 'session_token'),
    ('public.user_email_accounts', 'encrypted_password');

INSERT INTO gb_meta.access_functions (name, roles) VALUES
    ('sees_all', '{gb_viewer, gb_monitor, gb_dba}'),
    ('my_orgs', '{gb_viewer, gb_monitor, gb_dba}'),
    ('my_access', '{gb_viewer, gb_monitor, gb_app, gb_dba}'),
    ('audit', '{gb_viewer, gb_monitor, gb_app, gb_dba}'),
    ('user_by_login', '{gb_app}'),
    ('make_partitions', '{gb_operator}');

CREATE FUNCTION gb_meta.sees_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    -- A row of another role that had this name binds, too: then nothing is seen until it is granted anew.
    SELECT NOT EXISTS (
        SELECT FROM gb_meta.access_logins a
        WHERE a.bound
          AND (a.login = session_user::text
               OR a.login_oid = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user))
    )
$$;
COMMENT ON FUNCTION gb_meta.sees_all() IS 'Whether the login is bound to no organizations; what it may read decides its roles';
REVOKE ALL ON FUNCTION gb_meta.sees_all() FROM PUBLIC;

CREATE FUNCTION gb_meta.my_orgs() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(
        SELECT o.org_id
        FROM gb_meta.access_organizations o
        WHERE o.login_oid = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user)
        ORDER BY o.org_id
    )
$$;
COMMENT ON FUNCTION gb_meta.my_orgs() IS 'The organizations that the login is bound to; empty also where it is bound to none';
REVOKE ALL ON FUNCTION gb_meta.my_orgs() FROM PUBLIC;

CREATE FUNCTION gb_meta.my_access(OUT bound boolean, OUT stale boolean, OUT org_ids uuid[], OUT slugs text[])
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT gb_meta.sees_all(),
           EXISTS (
               SELECT FROM gb_meta.access_logins a
               WHERE a.bound AND a.login = session_user::text
                 AND a.login_oid IS DISTINCT FROM
                     (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user)
           ),
           coalesce(array_agg(o.org_id ORDER BY o.slug), '{}'), coalesce(array_agg(o.slug ORDER BY o.slug), '{}')
    FROM public.organizations o
    WHERE o.org_id = ANY (gb_meta.my_orgs())
$$;
COMMENT ON FUNCTION gb_meta.my_access() IS
    'Of the login: whether it is bound, whether by a row of an earlier role of its name, and to which organizations';
REVOKE ALL ON FUNCTION gb_meta.my_access() FROM PUBLIC;

CREATE FUNCTION gb_meta.user_by_login(login text, OUT id uuid, OUT password_hash text, OUT active boolean)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    -- Somebody who logs in is of no organization yet: the one look past the wall that gb_app has.
    SELECT u.id, u.password_hash, u.active
    FROM public.users u
    WHERE u.username = login OR lower(u.email) = lower(login)
    ORDER BY u.username <> login
    LIMIT 1
$$;
COMMENT ON FUNCTION gb_meta.user_by_login(text) IS
    'What is needed to verify one login by its whole name or address: gb_app has no organization then, and sees no rows';
REVOKE ALL ON FUNCTION gb_meta.user_by_login(text) FROM PUBLIC;

CREATE FUNCTION gb_meta.make_partitions(months integer DEFAULT 3) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parent text;
    month  date;
    made   text[] := '{}';
BEGIN
    IF NOT gb_meta.sees_all() THEN
        RAISE EXCEPTION 'partitions are of all organizations, and % is bound to some', session_user
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF months IS NULL OR months NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months ahead: 0 to 24' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOREACH parent IN ARRAY ARRAY['public.message_history', 'gb_meta.audit_log'] LOOP
        FOR n IN 0..months LOOP
            month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date;
            IF gb_meta.ensure_partition(parent::regclass, month) THEN
                made := made || format('%s %s', parent, to_char(month, 'YYYY-MM'));
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION gb_meta.make_partitions(integer) IS
    'Maintenance for operators: the monthly partitions that are missing from now to so many months ahead, made as their owner';
REVOKE ALL ON FUNCTION gb_meta.make_partitions(integer) FROM PUBLIC;

-- For people with psql, where SELECT * is refused on a table with a secret column. They run with the reader's own
-- rights, so that the tables' policies hold.
CREATE SCHEMA gb_redacted;
COMMENT ON SCHEMA gb_redacted IS 'gbtui: tables that have secret columns, without these';
CREATE VIEW gb_redacted.users WITH (security_invoker = true) AS
    SELECT id, username, email, active, created_at, updated_at FROM public.users;
CREATE VIEW gb_redacted.user_login_tokens WITH (security_invoker = true) AS
    SELECT id, user_id, expires_at, used, created_at FROM public.user_login_tokens;
CREATE VIEW gb_redacted.user_sessions WITH (security_invoker = true) AS
    SELECT id, user_id, bot_id, expires_at, created_at, updated_at, org_id FROM public.user_sessions;
CREATE VIEW gb_redacted.user_email_accounts WITH (security_invoker = true) AS
    SELECT id, user_id, email_address, imap_server, imap_port, smtp_server, smtp_port, active, created_at, updated_at
    FROM public.user_email_accounts;
COMMENT ON VIEW gb_redacted.users IS 'public.users without password hashes';
COMMENT ON VIEW gb_redacted.user_login_tokens IS 'public.user_login_tokens without the tokens';
COMMENT ON VIEW gb_redacted.user_sessions IS 'public.user_sessions without the tokens';
COMMENT ON VIEW gb_redacted.user_email_accounts IS 'public.user_email_accounts without the passwords';

CREATE FUNCTION gb_meta.access_policies(kind text)
RETURNS TABLE (name text, role text, mode text, command text, condition text, writes text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH word (org, usr, ses, wide, mine) AS (
        SELECT '(SELECT nullif(current_setting(''gb.org_id'', true), '''')::uuid)',
               '(SELECT nullif(current_setting(''gb.user_id'', true), '''')::uuid)',
               '(SELECT nullif(current_setting(''gb.session_id'', true), '''')::uuid)',
               '(SELECT gb_meta.sees_all())',
               '((SELECT gb_meta.my_orgs())::uuid[])'
    ), policy (name, role, mode, command, condition, writes, kinds) AS (
        -- An organization's rows.
        SELECT 'gb_app_org', 'gb_app', 'PERMISSIVE', 'ALL', format('org_id = %s', org), NULL,
               '{tenant,session,sessions,member}'::text[] FROM word
        UNION ALL
        SELECT 'gb_viewer_org', 'gb_viewer', 'PERMISSIVE', 'SELECT', format('%s OR org_id = ANY (%s)', wide, mine), NULL,
               '{tenant,session,sessions,member,record}' FROM word
        -- Of these one person's, or one session's. CASE, because of it the planner expects half the rows; of the bare
        -- conditions it expects next to none, and reads all of a tenant's messages and sorts them for the newest fifty.
        UNION ALL
        SELECT 'gb_app_own', 'gb_app', 'RESTRICTIVE', 'ALL',
               format('CASE WHEN %1$s IS NULL AND %2$s IS NULL THEN true ELSE '
                      '(%2$s IS NULL OR id = %2$s) AND (%1$s IS NULL OR user_id = %1$s) END', usr, ses), NULL,
               '{sessions}' FROM word
        UNION ALL
        SELECT 'gb_app_own', 'gb_app', 'RESTRICTIVE', 'ALL',
               format('CASE WHEN %1$s IS NULL AND %2$s IS NULL THEN true ELSE '
                      '(%2$s IS NULL OR session_id = %2$s) AND (%1$s IS NULL OR session_id = ANY '
                      '(ARRAY(SELECT s.id FROM public.user_sessions s WHERE s.user_id = %1$s))) END', usr, ses), NULL,
               '{session}' FROM word
        UNION ALL
        SELECT 'gb_app_own', 'gb_app', 'RESTRICTIVE', 'ALL',
               format('%2$s IS NULL AND (%1$s IS NULL OR user_id = %1$s)', usr, ses), NULL, '{member}' FROM word
        -- People: those of the organization, oneself; whoever logs in is found by gb_meta.user_by_login.
        UNION ALL
        SELECT 'gb_app_known', 'gb_app', 'PERMISSIVE', 'SELECT',
               format('id = %1$s OR (%1$s IS NULL AND ('
                      'EXISTS (SELECT FROM public.organization_members m WHERE m.user_id = users.id) '
                      'OR EXISTS (SELECT FROM public.user_sessions s WHERE s.user_id = users.id)))', usr), NULL,
               '{users}' FROM word
        UNION ALL
        SELECT 'gb_app_new', 'gb_app', 'PERMISSIVE', 'INSERT', NULL, format('%s IS NOT NULL OR id = %s', org, usr),
               '{users}' FROM word
        UNION ALL
        SELECT 'gb_app_self', 'gb_app', 'PERMISSIVE', 'UPDATE', format('id = %s', usr), NULL, '{users}' FROM word
        UNION ALL
        SELECT 'gb_viewer_known', 'gb_viewer', 'PERMISSIVE', 'SELECT',
               format('%s OR EXISTS (SELECT FROM public.organization_members m WHERE m.user_id = users.id) '
                      'OR EXISTS (SELECT FROM public.user_sessions s WHERE s.user_id = users.id)', wide), NULL,
               '{users}' FROM word
        -- What is a person's alone is no organization's: a bound login sees none of it.
        UNION ALL
        SELECT 'gb_app_self', 'gb_app', 'PERMISSIVE', 'ALL', format('user_id = %s', usr), NULL, '{personal}' FROM word
        UNION ALL
        SELECT 'gb_app_self', 'gb_app', 'PERMISSIVE', 'ALL',
               'account_id IN (SELECT a.id FROM public.user_email_accounts a)', NULL, '{mailbox}'
        UNION ALL
        SELECT 'gb_app_self', 'gb_app', 'PERMISSIVE', 'ALL',
               'folder_id IN (SELECT f.id FROM public.email_folders f)', NULL, '{mail}'
        UNION ALL
        SELECT 'gb_viewer_all', 'gb_viewer', 'PERMISSIVE', 'SELECT', wide, NULL,
               '{personal,mailbox,mail,server}' FROM word
        UNION ALL
        SELECT 'gb_monitor_all', 'gb_monitor', 'PERMISSIVE', 'SELECT', wide, NULL, '{server}' FROM word
    )
    SELECT p.name, p.role, p.mode, p.command, p.condition, p.writes
    FROM policy p
    WHERE access_policies.kind = ANY (p.kinds)
$$;
COMMENT ON FUNCTION gb_meta.access_policies(text) IS 'The policies of a table of this kind, as apply_access makes them';

CREATE FUNCTION gb_meta.access_kept() RETURNS TABLE (name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT unnest('{gb_owner, gb_app, gb_viewer, gb_monitor, gb_operator, gb_dba}'::text[])
$$;
COMMENT ON FUNCTION gb_meta.access_kept() IS 'The roles that gbtui access init makes';

CREATE FUNCTION gb_meta.apply_policies(target regclass, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- A policy that is as it should be is left alone: making one locks its table. Its comment says what it was made of.
DECLARE
    old    record;
    wanted record;
BEGIN
    IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = target) THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    END IF;
    FOR old IN
        SELECT p.polname FROM pg_policy p
        WHERE p.polrelid = target AND p.polname ~ '^gb_(app|viewer|monitor|owner)_'
          AND NOT EXISTS (
              SELECT FROM gb_meta.access_policies(kind) w
              WHERE w.name = p.polname AND md5(w::text) = obj_description(p.oid, 'pg_policy')
          )
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', old.polname, target);
    END LOOP;
    FOR wanted IN
        SELECT w.*, md5(w::text) AS made_of FROM gb_meta.access_policies(kind) w
        WHERE EXISTS (SELECT FROM pg_roles r WHERE r.rolname = w.role)
          AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = target AND p.polname = w.name)
    LOOP
        EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %I', wanted.name, target, wanted.mode, wanted.command,
            wanted.role)
            || CASE WHEN wanted.condition IS NULL THEN '' ELSE format(' USING (%s)', wanted.condition) END
            || CASE WHEN wanted.writes IS NULL THEN '' ELSE format(' WITH CHECK (%s)', wanted.writes) END;
        EXECUTE format('COMMENT ON POLICY %I ON %s IS %L', wanted.name, target, wanted.made_of);
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.apply_policies(regclass, text) IS 'Gives a table the policies of its kind, for the roles there are';

CREATE FUNCTION gb_meta.apply_grants(target regclass, kind text, app text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- Everything back first: what was too much goes, with it the columns that have become secret. One transaction.
DECLARE
    reader   text;
    readable text;
BEGIN
    SELECT CASE WHEN bool_or(s.column_name IS NOT NULL)
                THEN format('(%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE s.column_name IS NULL))
                ELSE '' END
    INTO readable
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN gb_meta.access_secrets s ON s.table_name = format('%s.%s', n.nspname, c.relname) AND s.column_name = a.attname
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped;
    FOR reader IN
        SELECT k.name FROM gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name
        WHERE k.name <> 'gb_owner'
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %I', target, reader);
        IF kind <> 'closed' AND reader = 'gb_viewer' OR kind IN ('server', 'lookup') AND reader = 'gb_monitor' THEN
            EXECUTE format('GRANT SELECT %s ON TABLE %s TO %I', readable, target, reader);
        ELSIF reader = 'gb_app' AND app <> '' THEN
            EXECUTE format('GRANT %s ON TABLE %s TO %I', app, target, reader);
        ELSIF reader = 'gb_operator' AND kind NOT IN ('closed', 'record', 'server', 'lookup')
              AND current_setting('server_version_num')::int >= 170000 THEN
            EXECUTE format('GRANT MAINTAIN ON TABLE %s TO %I', target, reader);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.apply_grants(regclass, text, text) IS 'Grants a table to the roles there are, by its kind';

CREATE FUNCTION gb_meta.apply_access() RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present text[] := ARRAY(SELECT k.name FROM gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name);
    each    record;
BEGIN
    -- Where none of the roles is, nothing changes: also row-level security stays off, for who reads the tables by other
    -- grants.
    IF present = '{}' THEN
        RETURN present;
    END IF;
    FOR each IN
        SELECT t.kind, t.app, c.oid::regclass AS target
        FROM gb_meta.access_tables t
        JOIN pg_namespace n ON n.nspname = split_part(t.table_name, '.', 1)
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = split_part(t.table_name, '.', 2) AND c.relkind IN ('r', 'p')
        ORDER BY t.table_name
    LOOP
        IF each.kind <> 'lookup' THEN
            PERFORM gb_meta.apply_policies(each.target, each.kind);
        END IF;
        PERFORM gb_meta.apply_grants(each.target, each.kind, each.app);
    END LOOP;
    FOR each IN
        SELECT p.oid::regprocedure AS call, r.rolname, r.rolname = ANY (f.roles) AS may
        FROM gb_meta.access_functions f
        JOIN pg_proc p ON p.proname = f.name AND p.pronamespace = 'gb_meta'::regnamespace
        JOIN pg_roles r ON r.rolname = ANY (present) AND r.rolname <> 'gb_owner'
    LOOP
        EXECUTE format(CASE WHEN each.may THEN 'GRANT EXECUTE ON FUNCTION %s TO %I'
                            ELSE 'REVOKE EXECUTE ON FUNCTION %s FROM %I' END, each.call, each.rolname);
    END LOOP;
    FOR each IN
        SELECT s.schema, r.rolname
        FROM unnest('{public, gb_meta, gb_redacted}'::text[]) s (schema)
        JOIN pg_roles r ON r.rolname = ANY (present) AND r.rolname <> 'gb_owner'
        WHERE s.schema <> 'gb_redacted' OR r.rolname = 'gb_viewer'
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', each.schema, each.rolname);
    END LOOP;
    IF 'gb_viewer' = ANY (present) THEN
        GRANT SELECT ON ALL TABLES IN SCHEMA gb_redacted TO gb_viewer;
    END IF;
    RETURN present;
END
$$;
COMMENT ON FUNCTION gb_meta.apply_access() IS
    'Brings grants and policies to what access_tables, access_secrets and access_functions say; names the roles there are';

CREATE FUNCTION gb_meta.withdraw_access() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT c.oid::regclass AS target, c.relrowsecurity AND t.kind NOT IN ('lookup', 'closed') AS walled
        FROM gb_meta.access_tables t
        JOIN pg_namespace n ON n.nspname = split_part(t.table_name, '.', 1)
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = split_part(t.table_name, '.', 2)
    LOOP
        PERFORM gb_meta.withdraw_from(each.target);
        IF each.walled THEN
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', each.target);
        END IF;
    END LOOP;
    FOR each IN
        SELECT format('REVOKE ALL ON FUNCTION %s FROM %I', p.oid::regprocedure, r.rolname) AS statement
        FROM pg_proc p, gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name
        WHERE p.pronamespace = 'gb_meta'::regnamespace
        UNION ALL
        SELECT format('REVOKE ALL ON ALL TABLES IN SCHEMA gb_redacted FROM %I', r.rolname)
        FROM gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name WHERE k.name <> 'gb_owner'
        UNION ALL
        SELECT format('REVOKE USAGE ON SCHEMA %I FROM %I', s.schema, r.rolname)
        FROM unnest('{public, gb_meta, gb_redacted}'::text[]) s (schema),
             gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name
        WHERE k.name <> 'gb_owner'
    LOOP
        EXECUTE each.statement;
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.withdraw_access() IS 'Takes back what apply_access gave, for the migration that removes it; roles stay';

CREATE FUNCTION gb_meta.withdraw_from(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT p.polname FROM pg_policy p
        WHERE p.polrelid = target AND p.polname ~ '^gb_(app|viewer|monitor|owner)_'
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', each.polname, target);
    END LOOP;
    FOR each IN
        SELECT r.rolname FROM gb_meta.access_kept() k JOIN pg_roles r ON r.rolname = k.name WHERE k.name <> 'gb_owner'
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %I', target, each.rolname);
    END LOOP;
END
$$;
COMMENT ON FUNCTION gb_meta.withdraw_from(regclass) IS 'Takes back policies and grants of one table';

SELECT gb_meta.apply_access();
