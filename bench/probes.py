"""What all probes together cost the server: milliseconds of its time a second, at their cadences, with 5,000 tables.

Each probe is read by itself, several times, and its cost divided by its interval: one that is read every five minutes
counts as such. The server's time is the CPU time of the processes that answer (Linux tells it in nanoseconds), so that
other work on the machine does not count; as the server's own clock has it, it stands beside it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from bench.figure import Figure
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.table_sizes import SWEEP
from gbtui.resources import migrations
from gbtui.schema import runner, source

TABLES: Final = 5_000
READINGS: Final = 10
_PLANNED: Final = 6
"""From the sixth time on the server keeps a statement's plan."""
RARELY: Final = 600.0
"""Databases are measured once in so many seconds."""
_BUDGET: Final = 10.0
_SERVER: Final = {"fsync": "off", "pg_stat_statements.track_planning": "on", "pg_stat_statements.max": "2000"}
_COST: Final = """
    SELECT coalesce(sum(total_plan_time + total_exec_time), 0) AS ms, coalesce(sum(calls), 0)::int AS calls
    FROM pg_stat_statements WHERE userid = 'console'::regrole
"""

_RARE: Final = """
    SELECT coalesce(sum(total_plan_time + total_exec_time), 0)
    FROM pg_stat_statements WHERE userid = 'console'::regrole AND query LIKE '%pg_database_size%'
"""
_MAKE: Final = """
    DO $$ BEGIN
        FOR i IN current_setting('bench.start')::int .. current_setting('bench.start')::int + 249 LOOP
            EXECUTE format('CREATE TABLE many.t%s (id bigint PRIMARY KEY, a int, b text)', i);
            EXECUTE format('CREATE INDEX ON many.t%s (a)', i);
            EXECUTE format('INSERT INTO many.t%s SELECT g, g FROM generate_series(1, 5) g', i);
        END LOOP;
    END $$
"""


def figures() -> Iterator[Figure]:
    """The cost of watching everything."""
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration=_SERVER)
    try:
        yield from asyncio.run(_measure(embedded.start()))
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


async def _measure(dsn: str) -> list[Figure]:
    admin = await asyncpg.connect(dsn, timeout=10)
    try:
        await _fill(admin)
        await admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements; CREATE ROLE console SUPERUSER LOGIN")
        async with Database(dsn.replace("//gbtui@", "//console@")) as database:
            monitor = Monitor(database)
            for name in monitor.probes:  # what is done once, at the start
                await _read(monitor, name)
            for _ in range(TABLES // SWEEP):  # until every table has been measured
                await _read(monitor, "tables")
            rare = await admin.fetchval(_RARE)
            costs = [await _cost(monitor, name, admin) for name in monitor.probes]
            await monitor.stop()
    finally:
        await admin.close(timeout=5)
    dearest = sorted(costs, key=lambda cost: -cost.cpu)[:8]
    return [
        Figure(
            f"server time a second, {len(costs)} probes, {TABLES} tables",
            sum(cost.cpu for cost in costs) + rare / RARELY,
            "ms/s",
            _BUDGET,
        ),
        Figure("  by its own clock", sum(cost.ms for cost in costs) + rare / RARELY, "ms/s"),
        Figure("statements a second", sum(cost.calls for cost in costs), "/s"),
        *(Figure(f"  {cost.probe}", cost.cpu, "ms/s") for cost in dearest),
    ]


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of one probe at its own interval: milliseconds of CPU and of the server's clock, and statements, a second."""

    probe: str
    cpu: float
    ms: float
    calls: float


async def _cost(monitor: Monitor, name: str, admin: "asyncpg.Connection[asyncpg.Record]") -> _Cost:
    for _ in range(_PLANNED):
        await _read(monitor, name)
    await admin.execute("SELECT pg_stat_statements_reset()")
    before = await _cpu(admin)
    for _ in range(READINGS):
        await _read(monitor, name)
    spent = await _cpu(admin) - before
    row = await admin.fetchrow(_COST)
    assert row is not None
    seconds = READINGS * monitor.probes[name].interval
    return _Cost(name, spent / seconds, row["ms"] / seconds, row["calls"] / seconds)


async def _cpu(admin: "asyncpg.Connection[asyncpg.Record]") -> float:
    """Milliseconds that the console's server processes have used so far."""
    pids = await admin.fetch("SELECT pid FROM pg_stat_activity WHERE usename = 'console'")
    return sum(_spent(row["pid"]) for row in pids) / 1e6


def _spent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


async def _read(monitor: Monitor, name: str) -> None:
    sample = await monitor.once(name)
    assert sample.error is None, f"{name}: {sample.error}"


async def _fill(admin: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The platform's schema, and thousands of tables with two indexes each."""
    await runner.up(admin, source.read(migrations("core")))
    await admin.execute("CREATE SCHEMA many")
    for start in range(0, TABLES, 250):  # a transaction each: so many locks fit
        await admin.execute("SELECT set_config('bench.start', $1, false)", str(start))
        await admin.execute(_MAKE)
    await admin.execute("ANALYZE")
