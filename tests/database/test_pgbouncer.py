"""Behind a real pgbouncer in transaction mode: no start-up parameters, no named statements, all the same answers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.database import pgbouncer
from gbtui.database.connection import connect
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.pgbouncer import Pool
from gbtui.database.sql import Statement
from gbtui.database.target import Target
from gbtui.domain.explain.explain import Explainer
from gbtui.domain.sql_line.run import SqlLine
from gbtui.domain.sql_line.wish import read
from gbtui.domain.tail.session import Session
from gbtui.errors import ConnectError, DeadlineError, DeniedError, QueryError, RefusedError, UsageError
from gbtui.security.audit import Audit
from tests.bouncers import PROGRAM, bouncer
from tests.database.conftest import Fifteen
from tests.waiting import until

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


def sql(text: str) -> Statement:
    return Statement("test", text, {})


# What a pooler does with our start-up parameters: refuse them, or drop them without a word.
REFUSES = "extra_float_digits"
IGNORES = (
    "default_transaction_read_only,lock_timeout,statement_timeout,idle_in_transaction_session_timeout,jit,search_path"
)


@pytest.fixture(scope="module", params=[REFUSES, IGNORES], ids=["refuses", "ignores"])
def pooled_dsn(request: pytest.FixtureRequest, fifteen: Fifteen) -> Iterator[str]:
    """A database behind a pgbouncer."""
    with bouncer(fifteen.folder, fifteen.port, ignore_startup_parameters=request.param) as place:
        yield f"{place} user=postgres dbname=postgres"


async def test_it_is_noticed(pooled_dsn: str) -> None:
    async with Database(pooled_dsn) as database:
        assert database.facts.pooled
        assert database.facts.version.startswith("15")


async def test_every_statement_has_our_settings(pooled_dsn: str) -> None:
    names = (
        "transaction_read_only",
        "lock_timeout",
        "statement_timeout",
        "jit",
        "idle_in_transaction_session_timeout",
        "search_path",
    )
    async with Database(pooled_dsn) as database:
        rows = await database.fetch(sql("SELECT name, setting FROM pg_settings WHERE name = ANY($1)"), list(names))
    assert {row["name"]: row["setting"] for row in rows} == {
        "transaction_read_only": "on",
        "lock_timeout": "100",
        "statement_timeout": "5000",
        "jit": "off",
        "idle_in_transaction_session_timeout": "10000",
        "search_path": "pg_catalog, pg_temp",
    }


async def test_the_look_at_migrations_has_the_roles_search_path(pooled_dsn: str) -> None:
    async with Database(pooled_dsn) as database:
        async with database.snapshot(as_role=True) as snapshot:
            assert "public" in await snapshot.fetchval("SHOW search_path")
        async with database.snapshot() as snapshot:
            assert await snapshot.fetchval("SHOW search_path") == "pg_catalog, pg_temp"


async def test_the_tail_meets_no_function_of_public(pooled_dsn: str, fifteen: Fifteen) -> None:
    types = "text, text, boolean, numeric, integer, numeric"
    body = "LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$"
    owner = await connect(target(fifteen.socket_dsn(), {}), purpose="write")
    await owner.execute(f"CREATE FUNCTION public.concat_ws({types}) RETURNS text {body}")
    try:
        async with Database(pooled_dsn) as database:
            tail = await Session.open(database)
            try:
                assert await tail.fetch("server/tail_header")
                async with tail.snapshot():
                    assert await tail.fetch("server/tail_header")
            finally:
                tail.terminate()
    finally:
        await owner.execute(f"DROP FUNCTION public.concat_ws({types})")
        await owner.close(timeout=5)


async def test_nothing_is_written_and_nothing_is_left_behind(pooled_dsn: str, fifteen: Fifteen) -> None:
    async with Database(pooled_dsn) as database:
        for text in ("CREATE TABLE t ()", "DELETE FROM pg_class", "SELECT 1/0"):
            with pytest.raises(QueryError):
                await database.fetch(sql(text))
        with pytest.raises(DeniedError):
            async with database.writing():
                pass
        assert database.open_connections == 1
    async with Database(fifteen.socket_dsn()) as direct:
        (row,) = await direct.fetch(
            sql("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        )
    assert row["count"] == 0


async def test_a_writer_has_a_deadline_too(pooled_dsn: str) -> None:
    """The pooler passes none on to the server, so it is the client's."""
    async with Database(pooled_dsn, read_only=False, statement_timeout=0.5) as database:
        with pytest.raises(DeadlineError):
            async with database.writing() as connection:
                await connection.execute("SELECT pg_sleep(60)")


async def test_many_clients_share_few_servers_without_named_statements(pooled_dsn: str) -> None:
    """Named statements would be unknown to, or already exist on, the next server connection."""
    async with Database(pooled_dsn) as one, Database(pooled_dsn) as other:
        numbers = [sql(f"SELECT $1::int + {n} AS sum") for n in range(3)]
        work = [database.fetch(numbers[n % 3], n) for n in range(60) for database in (one, other)]
        sums = await asyncio.gather(*work)
    assert sorted(rows[0]["sum"] for rows in sums) == sorted(2 * [n + n % 3 for n in range(60)])


async def test_deadlines_hold(pooled_dsn: str) -> None:
    async with Database(pooled_dsn, statement_timeout=0.2) as database:
        with pytest.raises(DeadlineError, match="statement timeout"):
            await database.fetch(sql("SELECT pg_sleep(30)"))
        assert await database.fetch(sql("SELECT 1"))


async def test_snapshots(pooled_dsn: str) -> None:
    async with Database(pooled_dsn) as database, database.snapshot() as snapshot:
        assert await snapshot.fetchval("SHOW transaction_isolation") == "repeatable read"
        assert await snapshot.fetchval("SHOW transaction_read_only") == "on"


async def test_told_by_the_profile(pooled_dsn: str) -> None:
    async with Database(pooled_dsn, pooled=True) as database:
        assert database.facts.pooled
    connection = await connect(target(pooled_dsn), pooled=True)
    await connection.close()


@pytest.mark.parametrize("auth_type", ["trust", "md5", "scram-sha-256", "plain"])
async def test_its_console_tells_who_waits(fifteen: Fifteen, auth_type: str) -> None:
    with bouncer(
        fifteen.folder, fifteen.port, auth_type=auth_type, ignore_startup_parameters=REFUSES, default_pool_size="1"
    ) as place:
        dsn = f"{place} user=postgres password='it\\'s s3cr3t'"
        console = target(f"{dsn} dbname=pgbouncer")
        assert await pools(console) == []
        one, other = [await connect(target(f"{dsn} dbname=postgres"), pooled=True) for _ in range(2)]
        await one.execute("BEGIN")
        waiting = asyncio.create_task(other.execute("SELECT 1"))
        await until(lambda: waits(console))
        (pool,) = await pools(console)
        assert (pool.database, pool.user, pool.cl_active, pool.cl_waiting) == ("postgres", "postgres", 1, 1)
        assert "postgres/postgres: 1 active, 1 waiting" in await pgbouncer.told(console)
        await one.execute("COMMIT")
        await waiting
        for connection in (one, other):
            await connection.close()


async def pools(console: Target) -> list[Pool]:
    """What a console that has just been opened says."""
    asked = pgbouncer.Bouncer(console)
    try:
        return await asked.pools()
    finally:
        asked.close()


async def waits(console: Target) -> bool:
    return any(pool.cl_waiting for pool in await pools(console))


@pytest.mark.parametrize("auth_type", ["md5", "scram-sha-256", "plain"])
async def test_a_wrong_password_at_its_console(fifteen: Fifteen, auth_type: str) -> None:
    with bouncer(fifteen.folder, fifteen.port, auth_type=auth_type) as place:
        console = target(f"{place} user=postgres dbname=pgbouncer password=wr0ng")
        with pytest.raises(RefusedError) as caught:
            await pools(console)
        assert "wr0ng" not in str(caught.value)
        assert "pgbouncer refuses" in await pgbouncer.told(console)


async def test_no_console_where_nobody_listens() -> None:
    with pytest.raises(ConnectError, match="Cannot ask pgbouncer"):
        await pools(target("host=/nonexistent user=me dbname=pgbouncer"))


async def test_a_typed_statement_and_a_plan_are_read_only_and_leave_nothing_behind(
    pooled_dsn: str, tmp_path: Path
) -> None:
    async with Database(pooled_dsn) as database:
        answer = await SqlLine(database).run(read("SHOW transaction_read_only"))
        assert [value.text for row in answer.rows for value in row.values if value] == ["on"]
        explainer = Explainer(database, Audit(database, tmp_path / "audit.jsonl"))
        plan = await explainer.plan(explainer.typed("SELECT relname FROM pg_class WHERE oid = $1"))
        assert "pg_class" in {node.relation.rpartition(".")[2] for node in plan.plan.root.walk()}
        with pytest.raises(UsageError):
            await explainer.plan(explainer.typed("SELECT $1 IS NULL"))
        for _ in range(4):
            (left,) = await database.fetch(sql("SELECT count(*) AS many FROM pg_prepared_statements"))
            assert left["many"] == 0
