"""Behind a real pgbouncer in transaction mode: no start-up parameters, no named statements, all the same answers."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.database.connection import connect
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.sql import Statement
from gbtui.errors import DeadlineError, DeniedError, QueryError
from tests.database.conftest import Fifteen, free_port
from tests.waiting import until_now

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


def sql(text: str) -> Statement:
    return Statement("test", text, {})


# What a pooler does with our start-up parameters: refuse them, or drop them without a word.
REFUSES = "extra_float_digits"
IGNORES = "default_transaction_read_only,lock_timeout,statement_timeout,idle_in_transaction_session_timeout,jit"


@pytest.fixture(scope="module", params=[REFUSES, IGNORES], ids=["refuses", "ignores"])
def pooled_dsn(request: pytest.FixtureRequest, fifteen: Fifteen) -> Iterator[str]:
    """The DSN of a pgbouncer with two connections to the server."""
    assert PROGRAM is not None
    folder = Path(tempfile.mkdtemp(prefix="gbtui-bouncer-", dir="/tmp"))
    port = free_port()
    (folder / "users").write_text('"postgres" ""\n')
    settings = {
        "listen_port": port,
        "listen_addr": "127.0.0.1",
        "unix_socket_dir": folder,
        "auth_type": "trust",
        "auth_file": folder / "users",
        "pool_mode": "transaction",
        "default_pool_size": 2,
        "ignore_startup_parameters": request.param,
    }
    lines = [f"{name}={value}" for name, value in settings.items()]
    database = f"[databases]\n* = host={fifteen.folder} port={fifteen.port}"
    (folder / "pgbouncer.ini").write_text("\n".join([database, "[pgbouncer]", *lines]))
    account: tuple[str, ...] = ()
    if os.geteuid() == 0:  # pgbouncer refuses to run as root
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "postgres")
        account = ("runuser", "-u", "postgres", "--")
    process = subprocess.Popen([*account, PROGRAM, "-q", str(folder / "pgbouncer.ini")], cwd="/")
    try:
        until_now((folder / f".s.PGSQL.{port}").exists)
        yield f"host={folder} port={port} user=postgres dbname=postgres"
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(folder)


async def test_it_is_noticed(pooled_dsn: str) -> None:
    async with Database(pooled_dsn) as database:
        assert database.facts.pooled
        assert database.facts.version.startswith("15")


async def test_every_statement_has_our_settings(pooled_dsn: str) -> None:
    names = ("transaction_read_only", "lock_timeout", "statement_timeout", "jit", "idle_in_transaction_session_timeout")
    async with Database(pooled_dsn) as database:
        rows = await database.fetch(sql("SELECT name, setting FROM pg_settings WHERE name = ANY($1)"), list(names))
    assert {row["name"]: row["setting"] for row in rows} == {
        "transaction_read_only": "on",
        "lock_timeout": "100",
        "statement_timeout": "5000",
        "jit": "off",
        "idle_in_transaction_session_timeout": "10000",
    }


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
