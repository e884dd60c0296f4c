"""What all probes together cost the server: milliseconds of its time a second, at their cadences, with 5,000 tables."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg

from bench.figure import Figure
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.monitor.monitor import Monitor
from gbtui.resources import migrations
from gbtui.schema import runner, source

TABLES: Final = 5_000
SECONDS: Final = 65.0
"""Long enough for the slow probes (30 s and 60 s) to run twice."""
RARELY: Final = 600.0
"""Databases are measured once in so many seconds."""
_BUDGET: Final = 10.0
_SERVER: Final = {"fsync": "off", "pg_stat_statements.track_planning": "on", "pg_stat_statements.max": "2000"}
_COST: Final = """
    SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 44) AS query, calls, rows,
        total_plan_time + total_exec_time AS ms
    FROM pg_stat_statements WHERE userid <> 0 AND query !~ 'pg_stat_statements'
    ORDER BY ms DESC
"""

_RARE: Final = """
    SELECT coalesce(sum(total_plan_time + total_exec_time), 0)
    FROM pg_stat_statements WHERE query LIKE '%pg_database_size%' AND query !~ 'pg_stat_statements'
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
    """The cost of a minute of watching everything."""
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
        await admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        async with Database(dsn) as database:
            monitor = Monitor(database)
            for name in monitor.probes:  # what is done once, at the start
                await monitor.once(name)
            rare = await admin.fetchval(_RARE)
            watches = await _watch(monitor, admin)
        cost = await admin.fetch(_COST)
    finally:
        await admin.close(timeout=5)
    total = sum(row["ms"] for row in cost) / SECONDS + rare / RARELY
    calls = sum(row["calls"] for row in cost)
    dearest = [Figure(f"  {row['query']}", row["ms"] / SECONDS, "ms/s") for row in cost[:6]]
    return [
        Figure(f"server time a second, {watches} probes, {TABLES} tables", total, "ms/s", _BUDGET),
        Figure("statements a second", calls / SECONDS, "/s"),
        *dearest,
    ]


async def _fill(admin: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The platform's schema, and thousands of tables with two indexes each."""
    await runner.up(admin, source.read(migrations("core")))
    await admin.execute("CREATE SCHEMA many")
    for start in range(0, TABLES, 250):  # a transaction each: so many locks fit
        await admin.execute("SELECT set_config('bench.start', $1, false)", str(start))
        await admin.execute(_MAKE)
    await admin.execute("ANALYZE")


async def _watch(monitor: Monitor, admin: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Watch every probe for a while; how many there are. Fails if one of them does."""
    await admin.execute("SELECT pg_stat_statements_reset()")
    await monitor.start()
    watches = [monitor.watch(name, lambda _: None) for name in monitor.probes]
    await asyncio.sleep(SECONDS)
    await monitor.stop()
    for name in monitor.probes:
        error = monitor.last(name).error
        assert error is None, f"{name}: {error}"
    return len(watches)
