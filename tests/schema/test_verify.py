"""The round trip is proved, and a migration that does not make it is named."""

from pathlib import Path

import asyncpg
import pytest

from gbtui.errors import DeniedError
from gbtui.resources import migrations as folder
from gbtui.schema import source
from gbtui.schema.verify import Proof, verify
from tests.conftest import Connect, Server

from .folders import write


async def proofs(server: Server, connect: Connect, path: Path) -> tuple[Proof, ...]:
    """Verify on the tests' server."""
    return await verify(await connect(server.dsn), lambda name: connect(server.of(name)), source.read(path))


async def leftovers(server: Server, connect: Connect) -> int:
    """Scratch databases that are still there."""
    db = await connect(server.dsn)
    return int(await db.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'gbtui\\_verify\\_%'"))


async def test_the_core_migrations_make_the_round_trip(server: Server, connect: Connect) -> None:
    found = await proofs(server, connect, folder("core"))
    assert [proof.problems for proof in found if proof.problems] == []
    assert found[-1].name == "all together"
    assert found[-1].objects > 500
    assert await leftovers(server, connect) == 0


@pytest.mark.parametrize(
    ("up", "down", "problem"),
    [
        ("CREATE TABLE b (); CREATE TABLE c ()", "DROP TABLE b", "down does not undo up: relations: public.c appeared"),
        ("ALTER TABLE a ALTER n SET DEFAULT 1", "SELECT 1", "columns: public.a.n was"),
        ("GRANT SELECT ON a TO PUBLIC", "SELECT 1", "relations: public.a was"),
        ("COMMENT ON TABLE a IS 'x'", "SELECT 1", "comment x"),
        ("ALTER TABLE a ENABLE ROW LEVEL SECURITY", "SELECT 1", "relations: public.a was"),
        ("CREATE SEQUENCE s", "SELECT 1", "sequences: public.s appeared"),
        ("CREATE TYPE e AS ENUM ('x')", "SELECT 1", "types: public.e appeared"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "SELECT 1", "functions: public.f() appeared"),
        ("CREATE POLICY p ON a USING (true)", "SELECT 1", "policies: public.a p appeared"),
        ("ALTER TABLE a DROP COLUMN n", "ALTER TABLE a ADD n int", "column order: public.a was"),
        ("CREATE TABLE b ()", None, "there is no down.sql"),
        ("CREATE TABLE b ()", "DROP TABLE nothing", "2_next/down.sql:1:1: table"),
        ("CREATE TABLE a ()", "SELECT 1", "2_next/up.sql:1:1: relation"),
    ],
)
async def test_a_broken_round_trip_is_named_and_cleaned_up(
    server: Server, connect: Connect, tmp_path: Path, *, up: str, down: str | None, problem: str
) -> None:
    write(tmp_path, "1_base", "CREATE TABLE a (n int, m int)", "DROP TABLE a")
    write(tmp_path, "2_next", up, down)
    base, broken = await proofs(server, connect, tmp_path)
    assert base.problems == ()
    assert any(problem in told for told in broken.problems), broken.problems
    assert await leftovers(server, connect) == 0


async def test_columns_that_come_back_elsewhere_are_told_by_name(
    server: Server, connect: Connect, tmp_path: Path
) -> None:
    write(tmp_path, "1_base", "CREATE TABLE a (n int, m int)", "DROP TABLE a")
    write(tmp_path, "2_next", "ALTER TABLE a ADD o int", "ALTER TABLE a DROP o")
    assert all(not proof.problems for proof in await proofs(server, connect, tmp_path)), "dropped columns leave gaps"


async def test_a_role_that_may_not_create_databases_is_told_what_to_do(
    server: Server, connect: Connect, tmp_path: Path
) -> None:
    admin = await connect(server.dsn)
    await admin.execute("CREATE ROLE plain_prover")
    try:
        await admin.execute("SET ROLE plain_prover")
        with pytest.raises(DeniedError, match="ALTER ROLE plain_prover CREATEDB"):
            await verify(admin, asyncpg.connect, source.read(tmp_path))
    finally:
        await admin.execute("RESET ROLE; DROP ROLE plain_prover")


async def test_the_core_migrations_make_it_on_the_oldest_server_they_support(
    server_15: Server, connect: Connect
) -> None:
    found = await proofs(server_15, connect, folder("core"))
    assert [proof.problems for proof in found if proof.problems] == []
