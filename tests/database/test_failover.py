"""A real restart and a real promotion under an open console."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.sql import Statement
from gbtui.errors import ConnectError, DeniedError, GbtuiError, QueryError
from gbtui.lifecycle.jobs.due_run import keep_running
from gbtui.lifecycle.jobs.job import Job, Run
from gbtui.security.audit import Audit
from tests import older
from tests.conftest import execute, migrate
from tests.waiting import until

ONE = Statement("test", "SELECT 1 AS one", {})
VERSION = 15

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(older.binaries(VERSION) is None, reason="needs the system's PostgreSQL 15"),
]


@dataclass(frozen=True)
class Pair:
    """A primary and its streaming standby, each in its own socket folder."""

    primary: Path
    standby: Path

    def both(self, session: str = "any") -> str:
        """One DSN for the two."""
        return f"host={self.primary},{self.standby} user=postgres dbname=postgres target_session_attrs={session}"


@pytest.fixture
def pair() -> Iterator[Pair]:
    with older.running(VERSION) as dsn:
        primary = Path(dsn.partition("host=")[2])
        standby = Path(tempfile.mkdtemp(prefix="gbtui-standby-", dir="/tmp"))
        if os.geteuid() == 0:
            shutil.chown(standby, "postgres")
        data = standby / "data"
        program("pg_basebackup", "-h", primary, "-U", "postgres", "-D", data, "-R", "-c", "fast", "-X", "stream")
        program(
            "pg_ctl",
            "-D",
            data,
            "-o",
            f"-c fsync=off -c listen_addresses= -k {standby}",
            "-l",
            standby / "log",
            "-w",
            "start",
        )
        try:
            yield Pair(primary, standby)
        finally:
            program("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
            shutil.rmtree(standby)


def program(name: str, *arguments: str | Path) -> None:
    """Run a program of that PostgreSQL, as its own account where we are root."""
    folder = older.binaries(VERSION)
    assert folder is not None
    account = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    command = [*account, str(folder / name), *map(str, arguments)]
    subprocess.run(command, check=True, cwd="/tmp", stdout=subprocess.DEVNULL, timeout=60)


async def test_restart_promotion_and_the_choice_of_hosts(pair: Pair) -> None:
    async with Database(target(pair.both("standby"))) as reader, Database(target(pair.both("primary"))) as writer:
        assert reader.facts.in_recovery
        assert not writer.facts.in_recovery
        started = writer.facts.started_at

        # The primary restarts under our hands: errors for a while, then all is as before, with fresh facts.
        restart = asyncio.create_task(
            asyncio.to_thread(program, "pg_ctl", "-D", pair.primary / "data", "-m", "fast", "-w", "restart")
        )
        while not restart.done():
            try:
                await writer.fetch(ONE)
            except (QueryError, ConnectError):
                await asyncio.sleep(0.05)
        await restart
        assert await writer.fetch(ONE)
        assert writer.facts.started_at > started

        # The standby is promoted: its open connections notice without being broken.
        changeable = Database(target(pair.both("standby")), read_only=False)
        await changeable.open()
        with pytest.raises(DeniedError, match="standby"):
            async with changeable.writing():
                pass
        await asyncio.to_thread(program, "pg_ctl", "-D", pair.standby / "data", "-w", "promote")

        async def noticed() -> bool:
            await reader.fetch(ONE)
            await changeable.fetch(ONE)
            return not reader.facts.in_recovery and not changeable.facts.in_recovery

        await until(noticed)
        await changeable.close()
        # Nobody is a standby any more, and a new connection says so.
        with pytest.raises(GbtuiError, match="it is a primary, not standby"):
            await Database(target(pair.both("standby"))).open()
        async with Database(target(pair.both("prefer-standby"))) as content:
            assert not content.facts.in_recovery


async def test_jobs_go_on_when_the_primary_dies_and_its_standby_takes_over(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gbtui.lifecycle.jobs.due_run.AWAY", 0.1)
    monkeypatch.setattr("gbtui.lifecycle.jobs.due_run.LOOK", 0.1)
    await migrate(f"postgresql://postgres@/postgres?host={pair.primary}")
    ran: list[str] = []

    async def work(run: Run) -> dict[str, int]:
        ran.append(await run.connection.fetchval("SHOW data_directory"))
        return {}

    # Due at every look: its run of a minute ago is always the last.
    jobs = {"often": Job("often", "a test", "* * * * *", work)}
    before = "UPDATE gb_meta.job_runs SET started_at = now() - interval '2 min', finished_at = now() - interval '2 min'"
    told, stop = list[str](), asyncio.Event()
    async with Database(target(pair.both("primary")), read_only=False) as database:
        audit = Audit(database, tmp_path / "audit.jsonl")
        keeping = keep_running(database, audit, stop, told.append, say=lambda _: None, jobs=jobs)
        kept = asyncio.ensure_future(keeping)
        await until(lambda: len(ran) == 1 or kept.done())
        arrived = "SELECT count(*) = 1 FROM gb_meta.job_runs WHERE state = 'done'"
        await until(lambda: _ask(pair.standby, arrived))

        await asyncio.to_thread(program, "pg_ctl", "-D", pair.primary / "data", "-m", "immediate", "-w", "stop")
        await asyncio.to_thread(program, "pg_ctl", "-D", pair.standby / "data", "-w", "promote")
        await until(lambda: _ask(pair.standby, "SELECT NOT pg_is_in_recovery()"))
        await execute(f"postgresql://postgres@/postgres?host={pair.standby}", before)
        await until(lambda: len(ran) == 2 or kept.done(), 30)
        stop.set()
        await kept
    # As the fixture left it.
    options = f"-c fsync=off -c listen_addresses= -k {pair.primary}"
    back = ("pg_ctl", "-D", pair.primary / "data", "-o", options, "-l", pair.primary / "log", "-w", "start")
    await asyncio.to_thread(program, *back)
    assert ran == [str(pair.primary / "data"), str(pair.standby / "data")]
    assert any("going on when it is back" in each for each in told)


async def _ask(folder: Path, sql: str) -> bool:
    connection = await asyncpg.connect(f"postgresql://postgres@/postgres?host={folder}", timeout=10)
    try:
        return bool(await connection.fetchval(sql))
    except asyncpg.UndefinedTableError:
        return False  # what makes it has not come over yet
    finally:
        await connection.close(timeout=5)
