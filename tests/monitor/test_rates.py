"""Rates from counters: over restarts, resets and new databases never a figure that is not true."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gbtui.database.database import Database
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.rates import Counters, DatabaseCounters, rates
from tests.conftest import Connect
from tests.monitor.conftest import one
from tests.waiting import until

START = datetime(2026, 1, 1, tzinfo=UTC)


def counters(seconds: float = 0, started: datetime = START, **values: Any) -> Counters:
    at = START + timedelta(hours=1, seconds=seconds)
    none: Any = dict.fromkeys((field.name for field in fields(DatabaseCounters)), 0)
    zero = DatabaseCounters(**none | {"id": 1, "name": "app", "at": at, "started_at": started, "stats_reset": START})
    return Counters(at, started, {1: replace(zero, **values)}, values.get("commits"))


def test_the_first_reading_has_no_rates() -> None:
    row, window, _ = rates(None, counters(commits=10**9))
    assert (row.commits_per_s, row.cache_hit, row.deadlocks, window) == (None, None, None, None)


def test_a_rate_is_the_growth_over_the_window() -> None:
    before, now = (
        counters(commits=100, blocks_hit=0),
        counters(4, commits=300, blocks_hit=30, blocks_read=10, deadlocks=2),
    )
    row, window, skipped = rates(before, now)
    assert (row.commits_per_s, row.messages_per_s, row.cache_hit, row.deadlocks) == (50, 50, 0.75, 2)
    assert (window, skipped) == (4, ())


def test_a_reset_leaves_the_database_out_of_one_window_and_says_so() -> None:
    before, now = counters(commits=100), counters(1, commits=3, deadlocks=1)
    row, _, skipped = rates(before, now)
    assert (row.commits_per_s, row.messages_per_s, row.deadlocks) == (0, None, 0)
    assert "app were reset" in skipped[0]


def test_after_a_restart_the_counters_start_anew() -> None:
    row, window, _ = rates(counters(commits=5), counters(1, START + timedelta(hours=2), commits=500))
    assert (row.commits_per_s, window) == (None, None)


def test_without_requests_there_is_no_hit_ratio() -> None:
    row, _, _ = rates(counters(), counters(1))
    assert row.cache_hit is None


async def test_work_on_the_server_is_seen(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("CREATE TABLE t (a int)")
    await monitor.once("rates")

    async def inserted() -> bool:
        await worker.execute("INSERT INTO t SELECT generate_series(1, 1000)")
        row = await one(monitor, "rates")
        return bool(row and row.rows_inserted_per_s and row.commits_per_s and row.wal_bytes_per_s)

    await until(inserted)


async def test_a_reset_on_the_server_makes_no_negative_rate(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await monitor.once("rates")
    await worker.execute("SELECT pg_stat_reset()")

    async def told() -> bool:
        sample = await monitor.once("rates")
        assert sample.first is not None
        assert sample.first.commits_per_s is None or sample.first.commits_per_s >= 0
        return any("reset" in sentence for sentence in sample.skipped)

    await until(told)


async def test_messages_are_counted_where_the_platform_is(dsn: str, database: Database, connect: Connect) -> None:
    monitor = Monitor(database)
    await monitor.once("rates")

    async def known() -> bool:
        sample = await monitor.once("rates")
        return sample.first is not None and sample.first.messages_per_s is not None

    await until(known)
    await monitor.stop()


async def test_a_locked_table_does_not_stop_the_rates(dsn: str, connect: Connect) -> None:
    locker = await connect(dsn)
    async with Database(dsn) as database, locker.transaction():
        await locker.execute("LOCK TABLE message_history IN ACCESS EXCLUSIVE MODE")
        watched = Monitor(database)
        first = await watched.once("rates")
        assert (first.error, first.skipped) == (None, ())
        await watched.stop()
