"""`gbtui access`: what it makes, grants, refuses and says."""

import asyncio
import json
from collections.abc import Iterator
from uuid import uuid4

import asyncpg
import pytest

from gbtui.errors import DeniedError, MigrationError, UsageError
from gbtui.resources import migrations
from gbtui.schema import catalog, runner, source
from tests import older
from tests.conftest import Connect, Server, execute, migrate
from tests.security.conftest import Walled, command


@pytest.fixture
def own(walled: Walled) -> Iterator[str]:
    """Another database of the walled server, built and empty; roles are there already."""
    name = f"w_{uuid4().hex[:8]}"
    asyncio.run(execute(walled.server.dsn, f"CREATE DATABASE {name} TEMPLATE core STRATEGY file_copy"))
    tenants = "INSERT INTO organizations (name, slug) VALUES ('A', 'acme'), ('G', 'globex')"
    asyncio.run(execute(walled.server.of(name), f"{tenants}; SELECT gb_meta.apply_access()"))
    yield walled.server.of(name)
    asyncio.run(execute(walled.server.dsn, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def login(walled: Walled) -> Iterator[str]:
    name = f"person-{uuid4().hex[:8]}"  # a name that must be quoted
    asyncio.run(execute(walled.server.dsn, f'CREATE ROLE "{name}" LOGIN'))
    yield name


def test_init_prints_what_is_missing_and_the_second_finds_nothing(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(own, "init", "--dry-run") == 0
    planned = capsys.readouterr().out
    assert "ALTER TABLE public.users OWNER TO gb_owner;" in planned
    assert command(own, "init") == 0
    assert capsys.readouterr().out == planned
    assert command(own, "init") == 0
    told = capsys.readouterr()
    assert told.out == "SELECT gb_meta.apply_access();\n"
    assert "as they should be" in told.err


async def test_migrations_after_init_make_what_is_gb_owners_and_keep_it_round(own: str, connect: Connect) -> None:
    """The walls stand again after down and up."""
    assert await asyncio.to_thread(command, own, "init") == 0
    db, known = await connect(own), source.read(migrations("core"))
    before = await catalog.snapshot(db)
    steps = len([one for one in known if one.version >= "20261128000100"])
    await runner.down(db, known, steps=steps)
    assert await db.fetchval("SELECT count(*) FROM pg_roles WHERE rolname ~ '^gb_'") == 6
    assert await db.fetchval("SELECT count(*) FROM pg_policy") == 0
    assert not await db.fetchval("SELECT relrowsecurity FROM pg_class WHERE oid = 'public.bots'::regclass")
    await runner.up(db, known)
    assert catalog.compare(before, await catalog.snapshot(db)) == ()
    owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'access_logins'"
    assert await db.fetchval(owner) == "gb_owner"
    assert await db.fetchval("SELECT current_user = session_user")


async def test_who_owned_the_tables_keeps_its_rights(walled: Walled, connect: Connect) -> None:
    name, role = f"w_{uuid4().hex[:8]}", f"former_{uuid4().hex[:8]}"
    await execute(walled.server.dsn, f"CREATE ROLE {role} LOGIN")
    await execute(walled.server.dsn, f"CREATE DATABASE {name} OWNER {role}")
    await migrate(walled.server.of(name, role))
    assert await asyncio.to_thread(command, walled.server.of(name), "init") == 0
    former = await connect(walled.server.of(name, role))
    await former.execute("INSERT INTO public.organizations (name, slug) VALUES ('A', 'acme')")
    assert await former.fetchval("SELECT count(*) FROM public.organizations") == 1


def test_a_grant_binds_and_says_so(own: str, login: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(own, "grant", login, "operator", "--org", "acme") == 0
    told = capsys.readouterr()
    assert f'GRANT gb_viewer TO "{login}";' in told.out
    assert "sees these organizations only, without secret columns: acme" in told.out
    assert "gb_operator for some organizations is gb_viewer in the database" in told.err
    assert command(own, "grant", login, "gb_operator") == 0
    told = capsys.readouterr()
    assert "sees every organization" in told.out
    assert "was bound to acme, and now sees every organization" in told.err
    assert command(own, "grant", login, "viewer", "--org", "acme", "--org", "globex") == 0
    assert f'REVOKE gb_operator FROM "{login}";' in capsys.readouterr().out
    assert command(own, "list", "--json") == 0
    (row,) = [one for one in json.loads(capsys.readouterr().out) if one["login"] == login]
    assert row == {"login": login, "roles": "gb_viewer", "organizations": "acme, globex", "remark": ""}
    assert command(own, "revoke", login) == 0
    assert "sees no row of the platform" in capsys.readouterr().out


async def test_each_change_is_on_record(own: str, login: str, connect: Connect) -> None:
    await asyncio.to_thread(command, own, "grant", login, "viewer", "--org", "acme")
    await asyncio.to_thread(command, own, "revoke", login)
    db = await connect(own)
    rows = await db.fetch("""
        SELECT action, object_id, before, after FROM gb_meta.audit_log WHERE action ~ '^access' ORDER BY created_at
    """)
    assert [(row["action"], row["object_id"]) for row in rows] == [("access.granted", login), ("access.revoked", login)]
    assert json.loads(rows[0]["after"]) == {"roles": ["gb_viewer"], "bound": True, "organizations": ["acme"]}
    assert json.loads(rows[1]["after"]) == {"roles": [], "bound": False, "organizations": []}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("pg_monitor", "pg_monitor"),
        ("pg_read_all_data", "pg_read_all_data"),
        ("gb_monitor", "gb_monitor"),
        ("gb_dba", "gb_owner"),
    ],
)
async def test_who_could_see_past_the_wall_is_not_bound(
    given: str, told: str, own: str, login: str, connect: Connect
) -> None:
    db = await connect(own)
    await db.execute(f'GRANT {given} TO "{login}"')
    with pytest.raises(UsageError, match=told):
        await asyncio.to_thread(command, own, "grant", login, "viewer", "--org", "acme")
    assert await db.fetchval("SELECT count(*) FROM gb_meta.access_logins") == 0
    granted = """
        SELECT count(*) FROM pg_auth_members m
        WHERE m.roleid = 'gb_viewer'::regrole AND m.member = (SELECT oid FROM pg_roles WHERE rolname = $1)
    """
    assert await db.fetchval(granted, login) == 0


async def test_explain_says_what_breaks_the_wall(
    own: str, login: str, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(command, own, "grant", login, "viewer", "--org", "acme")
    assert await asyncio.to_thread(command, own, "explain", login) == 0
    assert "BREAKS" not in capsys.readouterr().out
    db = await connect(own)
    await db.execute(f'ALTER ROLE "{login}" BYPASSRLS; GRANT pg_read_all_data TO "{login}"')
    assert await asyncio.to_thread(command, own, "explain", login) == 1
    told = capsys.readouterr().out
    assert "BREAKS THE WALL: it has BYPASSRLS" in told
    assert "BREAKS THE WALL: it is a member of pg_read_all_data" in told


async def test_what_is_kept_through_another_role_stays_bound(
    own: str, login: str, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forgetting the binding would open every organization."""
    team, db = f"team_{uuid4().hex[:8]}", await connect(own)
    await db.execute(f'CREATE ROLE {team} IN ROLE gb_viewer; GRANT {team} TO "{login}"')
    await asyncio.to_thread(command, own, "grant", login, "viewer", "--org", "acme")
    await asyncio.to_thread(command, own, "revoke", login)
    told = capsys.readouterr()
    assert "stays on record, bound to no organization" in told.err
    assert "none" in told.out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("grant", "nobody-there", "viewer"), "No such role"),
        (("grant", "w_nobody", "king"), "No such role"),
        (("grant", "w_nobody", "monitor", "--org", "acme"), "Not for some organizations"),
        (("grant", "w_nobody", "viewer", "--org", "initech"), "No such organization: initech"),
        (("grant", "gb_viewer", "viewer"), "Not a login"),
        (("grant", "w_nobody"), "gbtui access grant"),
        (("explain",), "gbtui access explain"),
        (("revoke", "w_nobody", "--org", "acme"), "--org goes with grant"),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], error: str, own: str) -> None:
    with pytest.raises(UsageError, match=error):
        command(own, *words)


def test_a_database_that_others_built_is_not_walled(walled: Walled) -> None:
    name = f"w_{uuid4().hex[:8]}"
    asyncio.run(execute(walled.server.dsn, f"CREATE DATABASE {name}"))
    asyncio.run(execute(walled.server.of(name), "CREATE TABLE public.bots (id uuid)"))
    with pytest.raises(MigrationError, match="Not built by gbtui"):
        command(walled.server.of(name), "init")


def test_a_viewer_may_not_grant(own: str, walled: Walled) -> None:
    with pytest.raises(DeniedError):
        command(own.replace("postgresql://gbtui@", "postgresql://w_viewer@"), "grant", "w_nobody", "viewer")


def test_a_dba_grants(walled: Walled, login: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(walled.dsn("w_dba"), "grant", login, "viewer", "--org", "acme") == 0
    assert command(walled.dsn("w_dba"), "revoke", login) == 0


@pytest.mark.parametrize("version", [15, 16, 17])
def test_older_servers_have_the_same_walls(version: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Also a login with CREATEROLE alone, which is told what it lacks."""
    if older.binaries(version) is None:
        pytest.skip(f"PostgreSQL {version} is not installed here")
    with older.running(version) as dsn:
        server = Server(dsn, older.MADE)
        asyncio.run(execute(dsn, "CREATE ROLE maker LOGIN CREATEROLE"))
        asyncio.run(execute(dsn, "CREATE DATABASE walls OWNER maker"))
        asyncio.run(migrate(server.of("walls", "maker")))
        code = command(server.of("walls", "maker"), "init")
        told = capsys.readouterr().err
        assert (code == 1) == (version >= 16), told
        assert ("GRANT pg_monitor TO gb_monitor" in told) == (version >= 16)
        assert command(server.of("walls"), "init") == 0
        asyncio.run(_bound_on(server))


async def _bound_on(server: Server) -> None:
    db = await asyncpg.connect(server.of("walls"), timeout=10)
    try:
        await db.execute("""
            CREATE ROLE bob LOGIN;
            INSERT INTO public.organizations (name, slug) VALUES ('A', 'acme'), ('G', 'globex');
            INSERT INTO public.bots (name, org_id) SELECT slug, org_id FROM public.organizations
        """)
        assert await asyncio.to_thread(command, server.of("walls"), "grant", "bob", "operator", "--org", "acme") == 0
        bob = await asyncpg.connect(server.of("walls", "bob"), timeout=10)
        assert [row["name"] for row in await bob.fetch("SELECT name FROM public.bots")] == ["acme"]
        await bob.close(timeout=5)
    finally:
        await db.close(timeout=5)
