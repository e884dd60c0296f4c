"""Checkpoints, WAL, input and output, and what went wrong, over a window: what was staged is what is told."""

from datetime import timedelta

import asyncpg
import pytest

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server import checkpoints, wal
from gbtui.monitor.window import OPENED, RESET, Moment, Ring
from tests.conftest import Connect, Server
from tests.monitor.conftest import one
from tests.monitor.test_checks import NOW, made
from tests.waiting import until


async def test_a_requested_checkpoint_and_what_it_wrote(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await monitor.once("checkpoints")
    await worker.execute("CREATE TABLE c AS SELECT repeat('x', 1000) FROM generate_series(1, 3000)")
    await worker.execute("CHECKPOINT")

    async def told() -> bool:
        sample = await monitor.once("checkpoints", span=OPENED)
        row = sample.rows[0]
        return bool(sample.window and row.requested and row.checkpoint_bytes_per_s and row.write_ms is not None)

    await until(told, step=0.1)
    row = await one(monitor, "checkpoints")
    settings = await worker.fetchrow(
        "SELECT pg_size_bytes(current_setting('max_wal_size')) AS size,"
        " EXTRACT(epoch FROM current_setting('checkpoint_timeout')::interval)::float8 AS seconds"
    )
    assert settings is not None
    assert (row.max_wal_bytes, row.timeout_age) == (settings["size"], settings["seconds"])
    assert row.wal_since_bytes >= 0
    since = await monitor.once("checkpoints", span=RESET)
    assert since.rows[0].requested >= 1


def test_what_counts_since_another_reset_gives_no_rate_since_the_reset() -> None:
    """Each kind of statistics is reset by itself: a year's pages over a minute would be a lie."""
    minute, year = NOW - timedelta(minutes=1), NOW - timedelta(days=365)
    told = {"at": NOW, "stats_reset": minute, "block_bytes": 8192}
    told |= {"cleaner_reset": year, "backends_reset": minute}
    pages = made(checkpoints._Row, cleaner_buffers=9000, backend_buffers=60, **told)
    ring: Ring[str, checkpoints._Row] = Ring()
    ring.add(Moment(NOW, {"": pages}, None, minute))
    reading = checkpoints._over(ring.window(RESET), None)
    assert (reading.rows[0].cleaner_bytes_per_s, reading.rows[0].cleaner_stops) == (None, None)
    assert reading.rows[0].backend_bytes_per_s == pytest.approx(8192)
    assert "another reset" in reading.skipped[0]
    written = made(wal._Row, bytes=6000, writes=9000, **{"at": NOW, "stats_reset": minute}, io_reset=year)
    logs: Ring[str, wal._Row] = Ring()
    logs.add(Moment(NOW, {"": written}, None, minute))
    row = wal._over(logs.window(RESET), None).rows[0]
    assert row.wal_bytes_per_s == pytest.approx(100)
    assert row.writes_per_s is None


async def test_wal_that_is_written_is_told(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("CREATE TABLE w (t text)")
    await monitor.once("wal")

    async def told() -> bool:
        await worker.execute("INSERT INTO w SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
        row = (await monitor.once("wal", span=OPENED)).rows[0]
        return bool(row.wal_bytes_per_s and row.records_per_s and row.writes_per_s)

    await until(told, step=0.1)
    row = await one(monitor, "wal")
    assert row.timed or row.sync_ms is None, "no time is made up where none is taken"


async def test_who_reads_and_writes_is_told_from_16_on(monitor: Monitor, place: str, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("CREATE TABLE i (t text)")
    sample = await monitor.once("io")
    if worker.get_server_version().major < 16:
        assert sample.absent.startswith("not available: needs PostgreSQL 16")
        return

    async def told() -> bool:
        await worker.execute("INSERT INTO i SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
        rows = {(row.backend, row.object, row.context): row for row in (await monitor.once("io", span=OPENED)).rows}
        row = rows.get(("client backend", "relation", "normal"))
        return bool(row and row.extend_bytes_per_s and row.hit_share)

    await until(told, step=0.1)


async def test_what_went_wrong_is_counted_by_database(place: str, monitor: Monitor, connect: Connect) -> None:
    worker, victim = await connect(place), await connect(place)
    name = await worker.fetchval("SELECT current_database()")
    await monitor.once("errors")
    await worker.execute("BEGIN; SELECT 1; ROLLBACK")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await worker.execute("SELECT 1/0")
    await worker.execute(f"SELECT pg_terminate_backend({victim.get_server_pid()})")

    async def told() -> bool:
        await worker.execute("SELECT 1")  # a session at rest reports its counters as late as after ten seconds
        rows = {row.database: row for row in (await monitor.once("errors", span=OPENED)).rows}
        row = rows[name]
        return bool(row.rollbacks and row.rollbacks >= 2 and row.killed == 1 and row.rollback_share)

    await until(told, step=0.1)
    assert (await one(monitor, "errors")).database == name, "what is wrong stands first"


async def test_a_reset_makes_no_negative_count(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    name = await worker.fetchval("SELECT current_database()")
    await monitor.once("errors")
    await worker.execute("SELECT pg_stat_reset()")

    async def told() -> bool:
        sample = await monitor.once("errors", span=OPENED)
        return any(f"{name}: its statistics were reset" in sentence for sentence in sample.skipped)

    await until(told, step=0.1)


async def test_without_a_pgbouncer_its_panels_say_how_to_name_one(server: Server, monitor: Monitor) -> None:
    for name in ("pgbouncer", "pgbouncer_clients", "pgbouncer_stats"):
        sample = await monitor.once(name)
        assert sample.absent == 'not available: needs pgbouncer = "DSN of its console" in the profile'
