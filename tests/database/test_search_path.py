"""Whoever may create in public does not get a function or an operator of theirs run with the console's rights."""

from collections.abc import Mapping

import pytest

from gbtui.database.connection import connect as connect_to
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.sql import Statement
from gbtui.domain.tail.session import Session
from gbtui.resources import migrations
from gbtui.schema import source
from gbtui.schema.status import Standing, read_status
from tests.conftest import Connect

HARD = "pg_catalog, pg_temp"
# Each fits a call in queries/ better than the server's own, which takes its arguments only after a conversion.
TRAPS = """
CREATE FUNCTION public.trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE FUNCTION public.concat_ws(text, text, boolean, numeric, integer, numeric) RETURNS text
LANGUAGE sql AS 'SELECT public.trap()';
CREATE FUNCTION public.trap_oid(oid, regclass) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap() IS NULL';
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = public.trap_oid);
CREATE FUNCTION public.trap_name(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap() IS NULL';
CREATE OPERATOR public.!~~ (LEFTARG = name, RIGHTARG = name, FUNCTION = public.trap_name);
CREATE FUNCTION public.trap_version(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap() IS NULL';
CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.trap_version);
"""


@pytest.fixture
async def trapped(dsn: str, connect: Connect) -> str:
    """A database in whose public schema somebody waits for us."""
    owner = await connect(dsn)
    await owner.execute(TRAPS)
    with pytest.raises(Exception, match="trapped"):  # the trap is a trap
        await owner.fetch(
            "SELECT concat_ws(' ', 'a'::text, true, extract(epoch FROM now()), 1, extract(epoch FROM now()))"
        )
    return dsn


async def test_a_function_in_public_never_runs(trapped: str) -> None:
    async with Database(trapped) as database:
        assert database.facts.has_schema == "general_bots"
        assert await database.fetch("server/tail_header")
        async with database.snapshot() as snapshot:
            assert await snapshot.fetchval("SHOW search_path") == HARD
        session = await Session.open(database)
        try:
            assert await session.fetch("server/tail_header")
            assert (await session.place("public.message_history")).table_oid
        finally:
            session.terminate()


async def test_migrations_are_looked_at_under_the_roles_own_path_and_no_trap_is_met(trapped: str) -> None:
    async with Database(trapped) as database:
        async with database.snapshot(as_role=True) as snapshot:
            assert await snapshot.fetchval("SHOW search_path") == '"$user", public'
            status = await read_status(snapshot, source.read(migrations("core")))
        assert status.standing is Standing.OURS
        assert not status.pending
        # It was for that transaction alone.
        (row,) = await database.fetch(Statement("test", "SELECT current_setting('search_path') AS path", {}))
        assert row["path"] == HARD


async def test_who_writes_keeps_the_roles_path(dsn: str) -> None:
    paths: Mapping[str, str] = {}
    for purpose in ("watch", "inspect", "write"):
        connection = await connect_to(target(dsn, {}), purpose=purpose)
        try:
            paths = {**paths, purpose: await connection.fetchval("SHOW search_path")}
        finally:
            await connection.close(timeout=5)
    assert paths == {"watch": HARD, "inspect": '"$user", public', "write": '"$user", public'}


async def test_a_role_that_may_not_enter_public_still_gets_its_facts(dsn: str, connect: Connect) -> None:
    owner = await connect(dsn)
    await owner.execute(
        "DROP ROLE IF EXISTS kept_out; CREATE ROLE kept_out LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC"
    )
    async with Database(dsn.replace("gbtui@", "kept_out@")) as database:
        assert database.facts.user == "kept_out"
        assert database.facts.has_schema is None
