"""The ways round a wall, tried: partitions, views, functions, COPY, foreign keys, EXPLAIN, forged settings, names."""

import io
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import Connect, Connection, execute
from tests.security.conftest import Walled
from tests.security.matrix import SECRETS
from tests.security.world import LOGINS, mark

PEOPLE = tuple(login for login, role in LOGINS.items() if role != "gb_dba")
BOUND = ("w_bound", "w_bound_viewer", "w_two")


@pytest.fixture
async def bound(walled: Walled, connect: Connect) -> Connection:
    return await connect(walled.dsn("w_bound"))


@pytest.fixture
async def app(walled: Walled, connect: Connect) -> AsyncIterator[Connection]:
    """The platform, in a transaction for acme that is rolled back."""
    connection = await connect(walled.dsn("w_app"))
    async with RolledBack(connection):
        await connection.execute(f"SET LOCAL gb.org_id = '{walled.world.tenants['acme'].org_id}'")
        yield connection


class RolledBack:
    def __init__(self, connection: Connection) -> None:
        self._transaction = connection.transaction()

    async def __aenter__(self) -> None:
        await self._transaction.start()

    async def __aexit__(self, *_: object) -> None:
        await self._transaction.rollback()


@pytest.mark.parametrize("login", PEOPLE)
async def test_no_partition_is_open(login: str, walled: Walled, connect: Connect) -> None:
    """pg_read_all_data may read any table: there row-level security without a policy hides all."""
    owner, connection = await connect(walled.dsn()), await connect(walled.dsn(login))
    parts = await owner.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class"
        " WHERE relnamespace = 'gb_part'::regnamespace AND relkind = 'r'"
    )
    assert len(parts) >= 8
    for part in parts:
        try:
            assert await connection.fetch(f"SELECT * FROM {part['name']}") == []
        except asyncpg.InsufficientPrivilegeError:
            continue
        assert login == "w_reader"


async def test_a_month_is_closed_when_it_is_made_and_stays_so_when_it_is_detached(
    walled: Walled, connect: Connect
) -> None:
    """Also where somebody's default privileges would open it."""
    owner = await connect(walled.dsn())
    async with RolledBack(owner):
        await owner.execute(
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;"
            "ALTER DEFAULT PRIVILEGES IN SCHEMA gb_part GRANT ALL ON TABLES TO gb_viewer, gb_app;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE gb_owner GRANT SELECT ON TABLES TO PUBLIC, gb_viewer;"
            "GRANT USAGE ON SCHEMA gb_part TO PUBLIC"
        )
        await owner.execute("SELECT gb_meta.ensure_partition('public.message_history', '2031-05-01')")
        await owner.execute("ALTER TABLE public.message_history DETACH PARTITION gb_part.message_history_p203105")
        for name in ("message_history_p203105", "message_history_p" + await _this_month(owner)):
            for role in ("w_viewer", "w_bound", "w_app", "w_nobody"):
                privileges = await owner.fetchval(
                    "SELECT has_any_column_privilege($1, 'gb_part.' || $2, 'SELECT, INSERT, UPDATE')", role, name
                )
                assert not privileges, (name, role)
            assert await owner.fetchval("SELECT relrowsecurity FROM pg_class WHERE relname = $1", name)
        assert await owner.fetchval("SELECT NOT relispartition FROM pg_class WHERE relname = 'message_history_p203105'")


async def _this_month(connection: Connection) -> str:
    return str(await connection.fetchval("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')"))


@pytest.mark.parametrize("login", ["w_viewer", "w_operator", *BOUND])
async def test_no_secret_is_read_and_the_views_go_without(login: str, walled: Walled, connect: Connect) -> None:
    connection = await connect(walled.dsn(login))
    for table, column in SECRETS.items():
        for sql in (
            f"SELECT {column} FROM {table}",
            f"SELECT * FROM {table}",
            f"SELECT to_jsonb(t) FROM {table} t",
            f"SELECT t FROM {table} t",
            f"SELECT count(*) FROM {table} WHERE {column} LIKE 'a%'",
            f"SELECT 1 FROM {table} ORDER BY {column}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(sql)
        told = str(await connection.fetch(f"SELECT * FROM {table.replace('public.', 'gb_redacted.')}"))
        assert "sha256:" not in told
        assert "argon2" not in told
        if table in ("public.users", "public.user_email_accounts"):  # the others have no text but the secret
            assert (mark("globex") in told) == (login in ("w_viewer", "w_operator"))


async def test_the_views_have_every_column_that_is_no_secret(walled: Walled, connect: Connect) -> None:
    """A new column of such a table belongs into its view."""
    owner = await connect(walled.dsn())
    for table, secret in SECRETS.items():
        columns = """
            SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute
            WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
        """
        there = await owner.fetchval(columns, table)
        assert await owner.fetchval(columns, table.replace("public.", "gb_redacted.")) == sorted({*there} - {secret})


@pytest.mark.parametrize("login", BOUND)
async def test_nothing_that_is_set_or_made_widens_a_bound_login(login: str, walled: Walled, connect: Connect) -> None:
    connection = await connect(walled.dsn(login))
    theirs = walled.world.tenants["globex"].org_id
    mine = await connection.fetchval("SELECT gb_meta.my_orgs()")
    assert theirs not in mine
    tries = (
        f"SET gb.org_id = '{theirs}'",
        "SET ROLE gb_viewer",
        "SET ROLE gb_operator",
        "SET ROLE gb_dba",
        "SET SESSION AUTHORIZATION w_viewer",
        "SET session_authorization = 'postgres'",
        "SET row_security = off",
        # Names in front of the functions' own: they have a search_path of theirs.
        "CREATE TEMP TABLE access_logins AS SELECT 1::oid AS login_oid, false AS bound, 'x'::text AS login",
        "CREATE FUNCTION pg_temp.sees_all() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION gb_meta.sees_all(integer) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE OR REPLACE FUNCTION gb_meta.sees_all() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION public.sees(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END'",
        f"INSERT INTO gb_meta.access_organizations SELECT login_oid, '{theirs}' FROM gb_meta.access_logins",
        "DELETE FROM gb_meta.access_logins",
        "UPDATE gb_meta.access_logins SET bound = false",
        "ALTER TABLE public.bots DISABLE ROW LEVEL SECURITY",
        "DROP POLICY gb_viewer_org ON public.bots",
        "GRANT gb_operator TO CURRENT_USER",
        "SELECT gb_meta.apply_access()",
        "SELECT gb_meta.withdraw_access()",
        "SELECT gb_meta.make_partitions(1)",
        "SELECT gb_meta.user_by_login('gus-zqglobexqz')",
        "SELECT pg_terminate_backend(pg_backend_pid() + 1)",
        "SET search_path = pg_temp, public",
    )
    for attempt in tries:
        try:
            await connection.execute(attempt)
        except asyncpg.PostgresError as error:
            assert mark("globex") not in f"{error} {error.detail} {error.hint}", attempt
        await connection.execute("SET row_security = on")
        found = await connection.fetchval("SELECT array_agg(DISTINCT org_id) FROM public.bots")
        assert theirs not in found, attempt
        assert await connection.fetchval("SELECT count(*) FROM public.organizations WHERE org_id = $1", theirs) == 0
        assert await connection.fetchval("SELECT gb_meta.my_orgs()") == mine, attempt


async def test_a_function_of_ones_own_is_shown_no_row_of_others(bound: Connection) -> None:
    """Not leakproof, and cheap: the planner would like to run it first."""
    told: list[str] = []
    bound.add_log_listener(lambda _, message: told.append(str(message)))
    await bound.execute("""
        CREATE FUNCTION pg_temp.look(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
        AS 'BEGIN RAISE NOTICE ''saw %'', t; RETURN true; END'
    """)
    for table, column in (("message_history", "message"), ("kb_documents", "content"), ("users", "username")):
        await bound.fetch(f"SELECT 1 FROM public.{table} WHERE pg_temp.look({column})")
    assert any(mark("acme") in line for line in told)
    assert not any(mark("globex") in line for line in told)


async def test_a_bound_login_signals_nobody(walled: Walled, connect: Connect, bound: Connection) -> None:
    """Nor does it read what others run."""
    other = await connect(walled.dsn("w_app"))
    await other.fetch("SELECT 'zqglobexqz in a statement'")
    pid = other.get_server_pid()
    for signal in ("pg_cancel_backend", "pg_terminate_backend"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await bound.fetch(f"SELECT {signal}($1)", pid)
    assert await bound.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", pid) == "<insufficient privilege>"
    operator = await connect(walled.dsn("w_operator"))
    assert await operator.fetchval("SELECT pg_cancel_backend($1)", pid)


async def test_copy_takes_only_ones_own_out_and_nothing_in(bound: Connection, app: Connection) -> None:
    for connection in (bound, app):
        for table in ("message_history", "bots", "kb_documents", "organizations"):
            out = io.BytesIO()
            await connection.copy_from_query(f"SELECT * FROM public.{table}", output=out)
            if table != "message_history":  # of a partitioned table COPY takes the parent alone, which is empty
                await connection.copy_from_table(table, schema_name="public", output=out)
            assert mark("acme").encode() in out.getvalue(), table
            assert mark("globex").encode() not in out.getvalue()
    with pytest.raises(asyncpg.FeatureNotSupportedError):
        await app.copy_records_to_table(
            "bots", schema_name="public", columns=["name", "org_id"], records=[("x", uuid4())]
        )


async def test_a_foreign_key_does_not_tell_whether_another_tenants_row_exists(walled: Walled, app: Connection) -> None:
    """Between tenants' tables: the key goes through the organization, so theirs is as absent as none."""
    theirs = walled.world.tenants["globex"]
    ours = walled.world.tenants["acme"].org_id
    inserts = (
        ("bot_memories (org_id, bot_id, key, value) VALUES ('{org}', '{id}', 'k', 'v')", "public.bots", uuid4()),
        (
            "clicks (org_id, session_id, element_id) VALUES ('{org}', '{id}', 'e')",
            "public.user_sessions",
            uuid4(),
        ),
        ("kb_index_jobs (org_id, document_id) VALUES ('{org}', '{id}')", "public.kb_documents", "doc-none"),
        (
            "session_tool_associations (org_id, session_id, tool_id) VALUES ('{org}', gen_random_uuid(), '{id}')",
            "public.basic_tools",
            "tool-none",
        ),
    )
    for insert, table, absent in inserts:
        told = []
        for key in (theirs.rows[table].get("", theirs.rows[table].get("gus")), absent):
            savepoint = app.transaction()
            await savepoint.start()
            with pytest.raises(asyncpg.ForeignKeyViolationError) as caught:
                await app.execute("INSERT INTO public." + insert.format(org=ours, id=key))
            await savepoint.rollback()
            told.append((str(caught.value), caught.value.detail))
        assert told[0] == told[1], table


async def test_explain_tells_no_value(bound: Connection) -> None:
    for table, column in (("message_history", "message"), ("users", "username"), ("organizations", "slug")):
        for options in ("", "(ANALYZE, VERBOSE, BUFFERS)"):
            plan = await bound.fetch(f"EXPLAIN {options} SELECT {column} FROM public.{table} WHERE {column} LIKE 'zq%'")
            assert mark("globex") not in str(plan)
    told = await bound.fetch(
        "SELECT s.tablename, s.most_common_vals::text, s.histogram_bounds::text FROM pg_stats s"
        " WHERE s.schemaname IN ('public', 'gb_part')"
    )
    assert mark("globex") not in str(told)


async def test_a_unique_key_names_no_value_of_others(walled: Walled, app: Connection) -> None:
    """That a name is taken can be seen by trying it; what stands beside it cannot."""
    savepoint = app.transaction()
    await savepoint.start()
    with pytest.raises(asyncpg.UniqueViolationError) as caught:
        await app.execute(
            "INSERT INTO public.users (username, email, password_hash)"
            " VALUES ('gus-zqglobexqz', 'x@y.z', '$argon2id$x')"
        )
    await savepoint.rollback()
    assert caught.value.detail is None or mark("globex") not in caught.value.detail.replace("gus-zqglobexqz", "")


async def test_a_login_made_anew_under_its_name_sees_nothing(walled: Walled, connect: Connect) -> None:
    owner = await connect(walled.dsn())
    await owner.execute("CREATE ROLE w_again LOGIN")
    try:
        await owner.execute(f"""
            INSERT INTO gb_meta.access_logins (login_oid, login, role, bound)
            SELECT oid, rolname, 'gb_viewer', true FROM pg_roles WHERE rolname = 'w_again';
            INSERT INTO gb_meta.access_organizations
            SELECT oid, '{walled.world.tenants["acme"].org_id}' FROM pg_roles WHERE rolname = 'w_again';
            DROP ROLE w_again; CREATE ROLE w_again LOGIN IN ROLE gb_viewer
        """)
        again = await connect(walled.dsn("w_again"))
        assert await again.fetchval("SELECT count(*) FROM public.organizations") == 0
        found = await again.fetch("SELECT bound, stale, slugs FROM gb_meta.my_access()")
        assert [tuple(row) for row in found] == [(True, True, [])]
        again.terminate()
    finally:
        await execute(walled.dsn(), "DELETE FROM gb_meta.access_logins WHERE login = 'w_again'; DROP ROLE w_again")


async def test_a_bound_login_whose_organization_is_deleted_sees_nothing(walled: Walled, connect: Connect) -> None:
    """Not everything, as a login without any binding does."""
    owner = await connect(walled.dsn())
    async with RolledBack(owner):
        await owner.execute("DELETE FROM public.organizations WHERE slug = 'acme'")
        await owner.execute("SET LOCAL SESSION AUTHORIZATION w_bound_viewer")
        assert await owner.fetchval("SELECT count(*) FROM public.organizations") == 0
        assert not await owner.fetchval("SELECT gb_meta.sees_all()")
