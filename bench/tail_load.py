"""The live tail beside others: a transaction that stays open, ten consoles, a pooler's planning, the org_id trigger.

GBTUI_BENCH_OPEN_SECONDS (60) says for how long the transaction stays open while eight writers write.
"""

import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

import asyncpg

from bench.figure import Figure
from bench.writers import SCRIPT, WITHOUT_ORGANIZATION, execute, pgbench, platform
from gbtui.database.database import Database
from gbtui.database.sql import statement
from gbtui.domain.tail import Phase, Tail
from gbtui.domain.tail.session import Session
from tests.scratch import Scratch, scratch
from tests.waiting import until

_OPEN_SECONDS: Final = int(os.environ.get("GBTUI_BENCH_OPEN_SECONDS", "60"))
_BUDGET: Final = 2 * 0.1  # ms: twice that of an empty poll at up to six partitions
_POLLS: Final = 300
_CONSOLES: Final = 10
_RATE: Final = 300  # messages a second
_SECONDS: Final = 10
_PAIRS: Final = 5
_LEG: Final = 3
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MEASURED: Final = """
    SELECT mean_exec_time AS execution, mean_plan_time AS planning FROM pg_stat_statements
    WHERE query LIKE '%pg_postmaster_start_time%' AND calls >= $1
"""


def figures() -> Iterator[Figure]:
    """All of it, in about two and a half minutes."""
    settings = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}
    with scratch(settings) as server:
        asyncio.run(platform(server, "writers"))
        dsn = server.of("writers")
        yield from asyncio.run(_beside_an_open_transaction(server, dsn))
        yield asyncio.run(_consoles(server, dsn))
        yield _trigger(server)


async def _beside_an_open_transaction(server: Scratch, dsn: str) -> list[Figure]:
    """Polls that find nothing while one transaction has been open all through a load; planned once, and each time."""
    slow = await asyncpg.connect(dsn)
    await slow.execute("BEGIN")
    opened = str(await slow.fetchval("SELECT pg_current_xact_id()::text"))
    rate = await asyncio.to_thread(pgbench, server, _OPEN_SECONDS)
    now = await slow.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    async with Database(dsn) as database:
        session = await Session.open(database)
        once = await _measured(dsn, lambda: session.fetch("general_bots/tail_poll", now, [opened]))
        session.terminate()
    text = statement("general_bots/tail_poll").text
    unnamed = await asyncpg.connect(dsn, statement_cache_size=0)  # as behind a pooler
    each = await _measured(dsn, lambda: unnamed.fetch(text, now, [opened]))
    await unnamed.close()
    await slow.close()
    rows = f"{rate * _OPEN_SECONDS:,.0f} messages"
    return [
        Figure(f"empty poll, a transaction open for {rows}, execution", once["execution"], "ms", _BUDGET),
        Figure("the same planned each time (pooler), execution", each["execution"], "ms", _BUDGET),
        Figure("the same planned each time (pooler), planning", each["planning"], "ms"),
    ]


async def _measured(dsn: str, poll: Callable[[], Awaitable[object]]) -> asyncpg.Record:
    admin = await asyncpg.connect(dsn)
    await poll()
    await admin.execute("SELECT pg_stat_statements_reset()")
    for _ in range(_POLLS):
        await poll()
    row = await admin.fetchrow(_MEASURED, _POLLS)
    await admin.close()
    assert row is not None
    return row


async def _consoles(server: Scratch, dsn: str) -> Figure:
    """CPU of the server processes of ten consoles' tails, by the operating system's account."""
    async with AsyncExitStack() as held:
        for _ in range(_CONSOLES):
            tail = Tail(await held.enter_async_context(Database(dsn)))
            await tail.start()
            held.push_async_callback(tail.stop)
            await until(partial(_follows, tail))
        admin = await asyncpg.connect(dsn)
        pids = [
            row["pid"] for row in await admin.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'gbtui'")
        ]
        await admin.close()
        spent, began = _cpu(pids), monotonic()
        await asyncio.to_thread(pgbench, server, _SECONDS, "-R", str(_RATE))
        used = (_cpu(pids) - spent) * 1000 / (monotonic() - began)
    return Figure(f"{_CONSOLES} consoles at {_RATE} messages/s, server CPU", used, "ms/s", 25.0)


def _follows(tail: Tail) -> bool:
    return tail.state.phase is Phase.FOLLOWING


def _cpu(pids: list[int]) -> float:
    """Seconds of CPU that these processes have used."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(found[11]) + int(found[12]) for found in fields) / _TICKS


def _trigger(server: Scratch) -> Figure:
    """Writers that leave the organization to the trigger, against those that pass it, in legs that alternate."""
    asyncio.run(execute(server.of("writers"), "CHECKPOINT"))
    ratios = []
    for pair in range(_PAIRS):
        legs = {}
        for leaves in (True, False) if pair % 2 else (False, True):
            legs[leaves] = pgbench(server, _LEG, script=WITHOUT_ORGANIZATION if leaves else SCRIPT)
        ratios.append(legs[True] / legs[False])
    return Figure("writers without org_id, share of those with it", statistics.median(ratios), "")
