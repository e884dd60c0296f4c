"""What happens to real servers while they are watched: every probe goes on, or says why not, and lies never."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.errors import ConnectError, QueryError
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probes import PROBES
from gbtui.monitor.sample import Sample
from tests.conftest import Connect, Connection, execute
from tests.monitor.conftest import watching
from tests.monitor.plausible import plausible
from tests.scratch import Scratch, scratch
from tests.waiting import until

RESETS = (
    "SELECT pg_stat_reset()",
    "SELECT pg_stat_reset_shared(name) FROM unnest(ARRAY['bgwriter', 'archiver', 'wal']) AS name",
    "SELECT pg_stat_statements_reset()",
    "SELECT pg_stat_reset_replication_slot(NULL)",
)
WORK = (
    "CREATE TABLE work AS SELECT generate_series(1, 10000) AS a",
    "CREATE INDEX ON work (a)",
    "UPDATE work SET a = a + 1",
    "DELETE FROM work WHERE a % 2 = 0",
    "ANALYZE work",
)


@asynccontextmanager
async def all_watched(dsn: str) -> AsyncIterator[Monitor]:
    """A monitor that runs, and watches everything, as often as it can."""
    async with Database(dsn) as database:
        monitor = Monitor(database, interval=0.5)
        await monitor.start()
        for name in PROBES:
            monitor.watch(name, lambda _sample: None)
        try:
            yield monitor
        finally:
            await monitor.stop()


async def read_all(monitor: Monitor) -> Mapping[str, Sample[Any]]:
    """Every probe, read now: none may fail, nor tell what cannot be."""
    for name, probe in monitor.probes.items():
        sample = await monitor.once(name)
        assert sample.error is None, f"{name}: {sample.error}"
        plausible(sample, probe.record)
    return {name: monitor.last(name) for name in monitor.probes}


async def test_statistics_that_are_reset_make_no_wrong_figure(place: str, connect: Connect, monitor: Monitor) -> None:
    worker = await connect(place)
    await worker.execute("CREATE EXTENSION pg_stat_statements")
    for sql in WORK:
        await worker.execute(sql)
    await read_all(monitor)
    for sql in RESETS:
        await worker.execute(sql)
        await read_all(monitor)
    await worker.execute("DROP TABLE work")
    await read_all(monitor)


async def test_an_extension_that_is_missing_or_old(place: str, connect: Connect, monitor: Monitor) -> None:
    admin = await connect(place)
    await read_all(monitor)
    versions = await admin.fetch(
        "SELECT version FROM pg_available_extension_versions WHERE name = 'pg_stat_statements' ORDER BY version"
    )
    assert len(versions) >= 5
    await admin.execute('CREATE SCHEMA "o\'dd"')
    for row in versions:
        await admin.execute("DROP EXTENSION IF EXISTS pg_stat_statements")
        await admin.execute(f"CREATE EXTENSION pg_stat_statements VERSION '{row['version']}' SCHEMA \"o'dd\"")
        await monitor._pace.database.refresh_facts()
        await read_all(monitor)


@pytest.fixture(scope="module")
def primary() -> Iterator[Scratch]:
    """A server that knows the extension's SQL, but has not loaded its library."""
    with scratch({"max_connections": "12"}) as server:
        asyncio.run(execute(server.dsn, "CREATE EXTENSION pg_stat_statements"))
        yield server


async def test_an_extension_whose_library_is_not_loaded(primary: Scratch) -> None:
    async with watching(primary.dsn) as monitor:
        for name in monitor.probes:
            error = (await monitor.once(name)).error
            assert error is None or "shared_preload_libraries" in str(error), f"{name}: {error}"


async def test_a_console_opened_before_a_storm_reads_all_and_one_opened_during_it_gets_in(
    primary: Scratch, connect: Connect
) -> None:
    waited: list[ConnectError] = []
    await execute(primary.dsn, "CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher")
    dsn = primary.dsn.replace("postgres@", "watcher@")
    async with all_watched(dsn) as before:
        await until(lambda: before.last("connectivity").taken_at)
        crowd = await storm(dsn, connect)
        await all_anew(before)
        assert before.last("connections").rows[0].free == 0
        assert "connections" in {finding.check for finding in before.findings}

        late = Database(dsn)
        opening = asyncio.create_task(late.open(waited.append))
        await until(lambda: waited)
        assert "slots" in str(waited[0])
        await crowd.pop().close()
        await asyncio.wait_for(opening, 20)
        monitor = Monitor(late)
        for name in monitor.probes:
            await monitor.once(name)
        assert troubles(monitor) == {}
        await monitor.stop()
        await late.close()
        for one in crowd:
            await one.close()
    await execute(primary.dsn, "DROP ROLE watcher")


async def test_a_restart_makes_all_stale_and_then_all_fresh(primary: Scratch) -> None:
    async with all_watched(primary.dsn) as monitor:
        await until(lambda: fresh(monitor), 30)
        kept = {name: monitor.last(name).rows for name in PROBES}
        await asyncio.to_thread(primary.stop)
        await until(lambda: monitor.last("connectivity").error)
        gone = monitor.last("connectivity")
        assert isinstance(gone.error, ConnectError | QueryError)
        assert gone.rows
        await asyncio.to_thread(primary.start)
        await until(lambda: monitor.last("connectivity").error is None, 30)
        await all_anew(monitor)
        assert monitor.last("connectivity").rows[0].started_at > kept["connectivity"][0].started_at


async def test_a_standby_that_is_promoted_while_all_of_it_is_watched() -> None:
    with scratch() as primary:
        standby = await asyncio.to_thread(primary.standby)
        async with all_watched(standby.dsn) as monitor:
            await until(lambda: fresh(monitor), 30)
            assert monitor.last("connectivity").rows[0].role == "standby"
            assert monitor.last("standby").rows
            await asyncio.to_thread(standby.promote)
            await until(lambda: monitor.last("connectivity").rows[0].role == "primary", 30)
            await all_anew(monitor)
            assert monitor.last("standby").rows == ()
            assert not monitor._pace.database.facts.in_recovery


async def storm(dsn: str, connect: Connect) -> list[Connection]:
    """Clients until the server has no slot left."""
    crowd: list[Connection] = []
    with pytest.raises(asyncpg.TooManyConnectionsError):
        while True:
            crowd.append(await connect(dsn))
    return crowd


def troubles(monitor: Monitor) -> dict[str, str]:
    """What does not answer, and why, but for the extension whose library is not loaded here."""
    errors = {name: str(monitor.last(name).error) for name in PROBES if monitor.last(name).error}
    return {name: error for name, error in errors.items() if "shared_preload_libraries" not in error}


async def all_anew(monitor: Monitor) -> None:
    """Every probe has answered a question that was asked after now."""
    now = datetime.now(UTC)
    monitor.refresh()
    await until(lambda: fresh(monitor, now), 60)


def fresh(monitor: Monitor, since: datetime | None = None) -> bool:
    """Whether every probe that can answer here has answered, later than `since`."""
    samples = [monitor.last(name) for name in PROBES]
    samples = [sample for sample in samples if "shared_preload_libraries" not in str(sample.error or "")]
    times = [sample.taken_at if sample.error is None else None for sample in samples]
    return all(at is not None and (since is None or at > since) for at in times)
