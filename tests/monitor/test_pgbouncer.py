"""A real pgbouncer's pools, clients and work, as panels."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.monitor.check import View
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.metrics.disks import DISKS
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.window import OPENED
from tests.bouncers import PROGRAM, bouncer
from tests.conftest import Server
from tests.waiting import until

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


@pytest.fixture
async def pooled(server_15: Server) -> AsyncIterator[tuple[str, Monitor]]:
    """A pgbouncer with one server connection: how to reach it, and a monitor that knows its console."""
    with bouncer(server_15.home, default_pool_size="1") as place:
        console = target(f"{place} user=postgres dbname=pgbouncer")
        async with Database(server_15.dsn, pgbouncer=console) as database:
            monitor = Monitor(database)
            yield place, monitor
            await monitor.stop()


async def client(place: str, application: str) -> "asyncpg.Connection[asyncpg.Record]":
    words = dict(word.split("=") for word in place.split())
    return await asyncpg.connect(
        host=words["host"], port=int(words["port"]), user="postgres", database="postgres", statement_cache_size=0,
        server_settings={"application_name": application}, timeout=10,
    )  # fmt: skip


async def test_who_waits_is_seen_and_found(pooled: tuple[str, Monitor]) -> None:
    place, monitor = pooled
    holder, waiter = await client(place, "holder"), await client(place, "waiter")
    await holder.execute("BEGIN")
    waiting = asyncio.create_task(waiter.execute("SELECT 1"))

    async def waits() -> bool:
        sample = await monitor.once("pgbouncer")
        assert sample.error is None, sample.error
        return bool(sample.rows and sample.rows[0].cl_waiting and sample.rows[0].maxwait > 0)

    await until(waits)
    (pool,) = monitor.last("pgbouncer").rows
    assert (pool.database, pool.user, pool.cl_active, pool.sv_active) == ("postgres", "postgres", 1, 1)
    first, *_ = (await monitor.once("pgbouncer_clients")).rows
    assert (first.application, first.state, first.wait_age > 0) == ("waiter", "waiting", True)
    assert first.client.startswith("unix")
    (check,) = [check for check in CHECKS if check.name == "pgbouncer"]
    sample = monitor.last("pgbouncer")
    view = View({"pgbouncer": sample}, lambda _: (), {"pgbouncer_wait": 0.0}, sample.taken_at)  # type: ignore[arg-type]
    (found,) = check.judge(view)
    assert "1 client of postgres waits at pgbouncer for postgres" in found.what
    figures = {point.name: (point.value, dict(point.labels)) for point in DISKS["pgbouncer"].points(sample)}
    assert figures["pgbouncer_waiting"] == (1, {"database": "postgres", "user": "postgres"})
    await holder.execute("COMMIT")
    await waiting
    for each in (holder, waiter):
        await each.close()


async def test_its_work_is_told_over_the_window(pooled: tuple[str, Monitor]) -> None:
    place, monitor = pooled
    busy = await client(place, "busy")
    await monitor.once("pgbouncer_stats")

    async def told() -> bool:
        await busy.execute("SELECT 1")
        sample = await monitor.once("pgbouncer_stats", span=OPENED)
        assert sample.error is None, sample.error
        return any(row.queries_per_s and row.query_ms is not None for row in sample.rows if row.database == "postgres")

    await until(told, step=0.1)
    await busy.close()


async def test_after_its_restart_it_is_asked_anew(server_15: Server) -> None:
    with bouncer(server_15.home) as place:
        console = target(f"{place} user=postgres dbname=pgbouncer")
        async with Database(server_15.dsn, pgbouncer=console) as database:
            assert database.bouncer is not None
            assert await database.bouncer.pools() == []
            kept = database.bouncer._connection
            assert await database.bouncer.pools() == []
            assert database.bouncer._connection is kept, "one connection is held, not one a reading"
            assert kept is not None
            kept.close()
            assert await database.bouncer.pools() == []


async def test_one_that_is_not_there_fails_alone(server_15: Server) -> None:
    console = target("host=/nonexistent user=postgres dbname=pgbouncer")
    async with Database(server_15.dsn, pgbouncer=console) as database:
        monitor = Monitor(database)
        assert "Cannot ask pgbouncer" in str((await monitor.once("pgbouncer")).error)
        assert (await monitor.once("pool")).error is None
        await monitor.stop()
