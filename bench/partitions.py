"""Adopting a plain message_history, and dividing it, beside writers and a tail: their p99, before, during and after.

GBTUI_BENCH_SIZE is small, medium (the default: a million messages) or large (10 million). The writers write one message
a transaction, at a pace that leaves the machine room: what they wait is the database's doing, not each other's.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg

from bench.figure import Figure
from gbtui.database.connection import Connection
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Size, load
from gbtui.domain.tail import Batch, Phase, Tail, TailEvent
from gbtui.lifecycle.adopting import adopt
from gbtui.lifecycle.partitions import listed, split_past
from gbtui.resources import migrations
from gbtui.schema import runner, source
from tests.lifecycle.plain import make_plain, sum_of
from tests.waiting import until

_WRITERS: Final = 3
_PAUSE: Final = 0.005
_SECONDS: Final = 10.0
_LONGEST_MS: Final = 250.0
_MESSAGE: Final = (
    "INSERT INTO message_history (session_id, bot_id, org_id, message, sender) VALUES ($1, $2, $3, $4, 'user')"
)
_PLACES: Final = "SELECT id, bot_id, org_id FROM user_sessions LIMIT 500"


def figures() -> Iterator[Figure]:
    """One load, made plain, adopted, divided."""
    size = Size[os.environ.get("GBTUI_BENCH_SIZE", "medium").upper()]
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration={"fsync": "off"})
    try:
        yield from asyncio.run(_measure(embedded.start(), size))
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


class _Writers:
    """Who writes, how long each message took, and what was heard of it."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.written: list[str] = []
        self.heard: Counter[str] = Counter()
        self.going = True

    def hear(self, event: TailEvent) -> None:
        """One of the tail's events."""
        if isinstance(event, Batch) and not event.backlog:
            self.heard.update(message.message for message in event.messages)

    async def write(self, number: int, dsn: str) -> None:
        """One message after the other."""
        connection = await asyncpg.connect(dsn, timeout=10)
        places = await connection.fetch(_PLACES)
        at = 0
        while self.going:
            place, text = places[at % len(places)], f"writer {number}, {at}"
            started = perf_counter()
            await connection.execute(_MESSAGE, place["id"], place["bot_id"], place["org_id"], text)
            self.taken.append(1000 * (perf_counter() - started))
            self.written.append(text)
            at += 1
            await asyncio.sleep(_PAUSE)
        await connection.close(timeout=5)

    def cut(self) -> list[float]:
        """The milliseconds since the last cut."""
        taken, self.taken = self.taken, []
        return taken


@asynccontextmanager
async def _writing(dsn: str, database: Database) -> AsyncIterator[_Writers]:
    writers, tail = _Writers(), Tail(database)
    tail.subscribe(writers.hear)
    await tail.start()
    await until(lambda: tail.state.phase is Phase.FOLLOWING)
    tasks = [asyncio.create_task(writers.write(number, dsn)) for number in range(_WRITERS)]
    try:
        await asyncio.sleep(1.0)
        writers.cut()
        yield writers
        writers.going = False
        await asyncio.gather(*tasks)
        await until(lambda: writers.heard.total() >= len(writers.written), 30)
    finally:
        writers.going = False
        await asyncio.gather(*tasks, return_exceptions=True)
        await tail.stop()


async def _measure(dsn: str, size: Size) -> list[Figure]:
    admin = await asyncpg.connect(dsn, timeout=10)
    try:
        await runner.up(admin, source.read(migrations("core")))
        await load(admin, size)
        await make_plain(admin)
        # Without these two no tail could be open on a large table.
        await admin.execute("CREATE INDEX ON message_history (created_at DESC, id DESC)")
        await admin.execute("CREATE INDEX ON message_history (tx) WHERE tx > '3'")
        await admin.execute("ANALYZE message_history")
        before = await sum_of(admin, "message !~ '^writer '")
        async with Database(dsn) as database, _writing(dsn, database) as writers:
            adopted = await _adopted(admin, writers)
            divided = await _divided(admin, writers)
        after = await sum_of(admin, "message !~ '^writer '")
        lost = sum((Counter(writers.written) - writers.heard).values())
        twice = sum((writers.heard - Counter(writers.written)).values())
        return [
            *adopted,
            *divided,
            Figure(f"of {len(writers.written):,} messages lost in the tail, or twice", lost + twice, "", 0),
            Figure("rows that differ by count or checksum", float(before != after), "", 0),
        ]
    finally:
        await admin.close(timeout=5)


async def _adopted(admin: Connection, writers: _Writers) -> list[Figure]:
    await asyncio.sleep(_SECONDS)
    before = writers.cut()
    steps: list[tuple[int, str]] = []

    def tell(word: str) -> None:
        if " of " in word:
            steps.append((len(writers.taken), word.partition(": ")[2]))

    started = perf_counter()
    rows = int(await admin.fetchval("SELECT reltuples FROM pg_class WHERE oid = 'message_history'::regclass"))
    await adopt(admin, tell=tell)
    seconds = perf_counter() - started
    await asyncio.sleep(0.5)
    during = writers.cut()
    await asyncio.sleep(_SECONDS)
    after = writers.cut()
    usual, longest = _p99(before), during.index(max(during))
    where = next(step for at, step in reversed(steps) if at <= longest + _WRITERS)
    return [
        Figure(f"adopt {rows:,} rows beside {_WRITERS} writers and a tail", seconds, "s"),
        Figure("a writer's p99 during", _p99(during), "ms", peer_name="before", peer=usual),
        Figure("p99 during by before", _p99(during) / usual, ""),
        Figure("p99 after by before", _p99(after) / usual, ""),
        Figure(
            f"a writer's longest wait (in: {where})",
            max(during),
            "ms",
            _LONGEST_MS,
            peer_name="before",
            peer=max(before),
        ),
        Figure("the longest at the swap", max(during[steps[-1][0] :]), "ms", _LONGEST_MS),
    ]


async def _divided(admin: Connection, writers: _Writers) -> list[Figure]:
    oldest = await admin.fetchval("SELECT min(created_at) FROM message_history")
    writers.cut()
    await asyncio.sleep(_SECONDS)
    before = writers.cut()
    started = perf_counter()
    made = await split_past(admin, "public.message_history", oldest.date())
    seconds = perf_counter() - started
    during = writers.cut()
    parts = [part for part in await listed(admin) if part.table == "message_history" and part.state == "attached"]
    return [
        Figure(f"divide it into {len(made)} months, {len(parts)} then", seconds, "s"),
        Figure("a writer's p99 meanwhile", _p99(during), "ms", peer_name="before", peer=_p99(before)),
        Figure("its longest wait", max(during), "ms", _LONGEST_MS, peer_name="before", peer=max(before)),
    ]


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]
