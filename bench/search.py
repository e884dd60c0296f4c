"""Search: building the index beside writers, what it costs them afterwards, and how long one waits for what is found.

GBTUI_BENCH_SIZE is small, medium (the default here: a million messages, two minutes, 1 GB under /tmp) or large.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg

from bench.figure import Figure
from gbtui.database.connection import Connection, connect
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Size, load
from gbtui.domain.scope import EVERYONE
from gbtui.domain.search.request import request
from gbtui.domain.search.search import search
from gbtui.domain.search.wish import read
from gbtui.lifecycle import search_index
from gbtui.resources import migrations
from gbtui.schema import runner, source

_WRITERS: Final = 3
_SECONDS: Final = 4.0
_FIRST_MS: Final = 500.0
"""Until the first matches stand on the screen."""
_INSERT: Final = """INSERT INTO message_history (session_id, bot_id, org_id, message, sender)
    VALUES ($1, $2, $3, $4, 'user')"""
_TEXTS: Final = "SELECT message FROM message_history ORDER BY created_at DESC LIMIT 5000"
_SESSION: Final = "SELECT id, bot_id, org_id FROM user_sessions ORDER BY updated_at DESC LIMIT 1"
_LARGEST: Final = """SELECT o.slug FROM organizations o JOIN user_sessions s USING (org_id)
    GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"""
_BYTES: Final = "SELECT sum(octet_length(message)) FROM message_history"
_SIZE: Final = """SELECT sum(pg_relation_size(i.inhrelid)) FROM pg_inherits i
    WHERE i.inhparent = 'public.message_history_search_simple_idx'::regclass"""


@dataclass
class Writers:
    """Some who write message after message; how many they wrote, and how long each took."""

    dsn: str
    took: list[float] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Begin to write."""
        admin = await asyncpg.connect(self.dsn)
        texts = [row["message"] for row in await admin.fetch(_TEXTS)]
        (session,) = [tuple(row) for row in await admin.fetch(_SESSION)]
        await admin.close()
        self._tasks = [asyncio.create_task(self._write(texts, session)) for _ in range(_WRITERS)]

    async def _write(self, texts: list[str], session: tuple[object, ...]) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            while True:
                for text in texts:
                    began = perf_counter()
                    await connection.execute(_INSERT, *session, text)
                    self.took.append(perf_counter() - began)
        finally:
            connection.terminate()

    async def stop(self) -> None:
        """No more."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task


def figures() -> Iterator[Figure]:
    """One load, then all of it."""
    size = Size[os.environ.get("GBTUI_BENCH_SIZE", "medium").upper()]
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration={"fsync": "off"})
    try:
        yield from asyncio.run(_measure(embedded.start(), size))
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


async def _measure(dsn: str, size: Size) -> list[Figure]:
    admin = await asyncpg.connect(dsn, timeout=10)
    try:
        await runner.up(admin, source.read(migrations("core")))
        await load(admin, size)
        largest = await admin.fetchval(_LARGEST)
        found = [
            *await _finds(dsn, (f"refund --org {largest}", f"nowhere --org {largest}"), "scan of 24 h of a tenant")
        ]
        plain = await _throughput(dsn)
        building, begun = await _build(dsn, admin)
        costly = await _throughput(dsn)
        found += [*await _finds(dsn, ("refund", "2 or you or the", "nowhere", '"the refund"'), "index")]
    finally:
        await admin.close(timeout=5)
    return [*building, Figure("messages/s written with the index", costly, "/s", 0.7 * plain, True, "without", plain),
            Figure("writers' longest wait while it is built", begun * 1000, "ms", 1000.0), *found]  # fmt: skip


async def _build(dsn: str, admin: Connection) -> tuple[list[Figure], float]:
    """Built and attached beside writers; how long the one who waited longest did."""
    connection = await connect(target(dsn), purpose="write", statement_timeout=0.0)
    log, text = await admin.fetchval("SELECT pg_current_wal_lsn()"), await admin.fetchval(_BYTES)
    began = perf_counter()
    await search_index.build(connection, "simple", lambda _: None)
    took = perf_counter() - began
    await admin.execute("CHECKPOINT")
    written = await admin.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::float8", log)
    size = float(await admin.fetchval(_SIZE))
    figures = [
        Figure("index built, seconds", took, "s"),
        Figure("text read a second", text / took / 1e6, "MB/s"),
        Figure("index, bytes for each byte of text", size / text, ""),
        Figure("index", size / 2**20, "MB"),
        Figure("WAL", written / 2**20, "MB"),
    ]
    await search_index.drop(connection, "simple", lambda _: None)
    writers = Writers(dsn)
    await writers.start()
    await search_index.build(connection, "simple", lambda _: None)
    await writers.stop()
    await connection.close(timeout=5)
    return figures, max(writers.took)


async def _throughput(dsn: str) -> float:
    writers = Writers(dsn)
    await writers.start()
    await asyncio.sleep(_SECONDS)
    await writers.stop()
    return len(writers.took) / _SECONDS


async def _finds(dsn: str, lines: tuple[str, ...], way: str) -> list[Figure]:
    """Until the first slice is there, and until 500 matches are, or all."""
    figures = []
    async with Database(dsn) as database:
        for line in lines:
            first, whole = [], []
            for _ in range(5):
                running = search(database, await request(database, read(line), EVERYONE))
                began, seen = perf_counter(), False
                async for _ in running.run():
                    if not seen:
                        first.append(perf_counter() - began)
                        seen = True
                whole.append(perf_counter() - began)
            name = line.partition(" --")[0]
            figures.append(Figure(f"{way}: {name}: first slice", statistics.median(first) * 1000, "ms", _FIRST_MS))
            figures.append(Figure(f"{way}: {name}: {running.found} found", statistics.median(whole) * 1000, "ms"))
    return figures
