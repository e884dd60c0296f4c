"""Traffic on a real server: what others see of it, and that it ends when it should."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from gbtui.config import ConnectionSource
from gbtui.database import dsn as connection_strings
from gbtui.demo.traffic import drive
from gbtui.demo.traffic.drive import Traffic
from gbtui.demo.traffic.plan import TROUBLES
from gbtui.demo.traffic.process import Orders, TrafficProcess
from gbtui.demo.traffic.trouble import Scene, happen
from gbtui.demo.traffic.world import read_world
from gbtui.errors import EmbeddedServerError, UsageError
from gbtui.secret import Secret
from tests.conftest import Connect, Connection
from tests.waiting import until

TRAFFIC = "application_name = 'botserver' AND datname = current_database()"


@contextlib.asynccontextmanager
async def running(traffic: Traffic) -> AsyncIterator["asyncio.Task[object]"]:
    task: asyncio.Task[object] = asyncio.create_task(traffic.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_people_talk_and_every_statement_says_for_whom(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    newest = await watcher.fetchval("SELECT max(created_at) FROM message_history")
    traffic = Traffic(connection_strings.target(filled_dsn), 200.0)
    asked = "SELECT count(*) > 30 FROM message_history WHERE created_at > $1 AND sender = 'user'"
    async with running(traffic):
        await until(lambda: watcher.fetchval(asked, newest), 20)
        seen = await until(
            lambda: watcher.fetch(f"SELECT query FROM pg_stat_activity WHERE {TRAFFIC} AND query <> ''"), 20
        )
    tenants = await watcher.fetchval(
        "SELECT count(DISTINCT org_id) FROM message_history WHERE created_at > $1 AND sender = 'bot'", newest
    )
    assert tenants > 3
    assert traffic.done.failed == 0
    slugs = {row["slug"] for row in await watcher.fetch("SELECT slug FROM organizations")}
    for row in seen:
        comment, _, _ = row["query"].partition("*/")
        assert comment.startswith("/*bot='")
        assert comment.partition("tenant='")[2].rstrip("'") in slugs
    await until(lambda: nobody(watcher))


async def test_it_finds_its_server_again(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    traffic = Traffic(connection_strings.target(filled_dsn), 50.0, troubles=False)
    async with running(traffic) as task:
        await until(lambda: traffic.done.messages > 5)
        ended = await watcher.fetchval(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {TRAFFIC}")
        assert ended == 2
        before = traffic.done.messages
        await until(lambda: traffic.done.messages > before + 20)
        assert not task.done()


async def test_deleting_an_organization_does_not_silence_the_others(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    biggest = (await read_world(watcher)).bots[0]
    traffic = Traffic(connection_strings.target(filled_dsn), 200.0, troubles=False)
    async with running(traffic) as task:
        await until(lambda: traffic.done.messages > 50, 20)
        await watcher.execute("DELETE FROM message_history WHERE org_id = $1", biggest.org_id)
        await watcher.execute("DELETE FROM organizations WHERE org_id = $1", biggest.org_id)
        await until(lambda: traffic.done.failed > 0, 20)
        before = traffic.done.messages
        await until(lambda: traffic.done.messages > before + 50, 20)
        assert not task.done()


async def test_it_ends_when_its_time_is_over(filled_dsn: str, connect: Connect) -> None:
    traffic = Traffic(connection_strings.target(filled_dsn), 40.0)
    async with asyncio.timeout(10):
        done = await traffic.run(1.0)
    assert done.messages > 0
    watcher = await connect(filled_dsn)
    await until(lambda: nobody(watcher))


async def test_nobody_to_talk_to(dsn: str, empty_dsn: str) -> None:
    with pytest.raises(UsageError, match="no bots or no users"):
        await Traffic(connection_strings.target(dsn), 1.0).run(1.0)
    with pytest.raises(UsageError, match="does not hold the platform's schema"):
        await Traffic(connection_strings.target(empty_dsn), 1.0).run(1.0)


async def test_it_ends_before_the_disk_is_full(
    filled_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive, "_SPARED", 1 << 60)
    async with asyncio.timeout(10):
        with pytest.raises(EmbeddedServerError, match="MB are left on its disk"):
            await Traffic(connection_strings.target(filled_dsn), 20.0, folder=tmp_path).run()


async def test_every_trouble_ends_by_itself(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    bots = (await read_world(watcher)).bots
    target = connection_strings.target(filled_dsn)
    scenes = {kind: Scene(target, bot, 0.5) for kind, bot in zip(TROUBLES, bots, strict=False)}
    async with asyncio.timeout(20):
        await asyncio.gather(*(happen(kind, scene) for kind, scene in scenes.items()))
    await until(lambda: alone(watcher))
    # A session's counts appear when it has ended: one deadlock; the rollback, the deadlock and two failures.
    counts = "SELECT deadlocks = 1 AND xact_rollback >= 4 FROM pg_stat_database WHERE datname = current_database()"
    await until(lambda: watcher.fetchval(counts))


async def test_a_lock_fight_is_seen_by_others(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    bot = (await read_world(watcher)).bots[0]
    fight = asyncio.create_task(happen("table", Scene(connection_strings.target(filled_dsn), bot, 30.0)))
    try:
        waiting = await until(
            lambda: watcher.fetch("SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'clicks'::regclass")
        )
        assert len(waiting) in (1, 2)
    finally:
        fight.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fight
    await until(lambda: alone(watcher))


async def test_the_process_ends_with_its_parent(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    pipe = asyncio.subprocess.PIPE
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, filled_dsn, stdin=pipe, stdout=pipe)
    try:
        assert parent.stdout is not None
        child = psutil.Process(int(await parent.stdout.readline()))
        assert filled_dsn not in " ".join(child.cmdline())
        await until(lambda: somebody(watcher))
    finally:
        parent.kill()
        await parent.communicate()
    await until(lambda: not child.is_running())
    await until(lambda: nobody(watcher))


async def test_the_process_is_stopped(filled_dsn: str, connect: Connect) -> None:
    watcher = await connect(filled_dsn)
    orders = Orders([ConnectionSource("a test", Secret(filled_dsn))], False, 50.0, 1, None)
    with TrafficProcess(orders) as process:
        await until(lambda: somebody(watcher))
        pid = process.pid
        assert pid is not None
    assert not psutil.pid_exists(pid)
    await until(lambda: nobody(watcher))


PARENT = """
import sys
from gbtui.config import ConnectionSource
from gbtui.demo.traffic.process import Orders, TrafficProcess
from gbtui.secret import Secret
with TrafficProcess(Orders([ConnectionSource("a test", Secret(sys.argv[1]))], False, 50.0, 1, None)) as process:
    print(process.pid, flush=True)
    sys.stdin.read()
"""


async def somebody(watcher: Connection) -> bool:
    return bool(await watcher.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {TRAFFIC}"))


async def nobody(watcher: Connection) -> bool:
    return not await somebody(watcher)


async def alone(watcher: Connection) -> bool:
    return bool(
        await watcher.fetchval(
            "SELECT count(*) = 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
    )
