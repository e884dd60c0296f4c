"""The platform's own tables at size: loading, lists, partitions beside writers, what org_id costs, deleting a tenant.

GBTUI_BENCH_SIZE is small, medium or large (the default: 10 million messages, five minutes, 6 GB under /tmp).
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import UUID

import asyncpg

from bench.figure import Figure
from gbtui.database.connection import Connection
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Loaded, Size, load
from gbtui.domain.organizations import delete_organization
from gbtui.domain.scope import Scope
from gbtui.domain.session_list import sessions
from gbtui.domain.tenant_list import tenants
from gbtui.lifecycle.partitions import ensure_ahead
from gbtui.resources import migrations
from gbtui.schema import runner, source

_PAGE_MS: Final = 50.0
_WRITERS: Final = 3
_SECONDS: Final = 2.0
_SESSION: Final = """
    INSERT INTO user_sessions (bot_id, session_token) VALUES ($1, 'sha256:' || gen_random_uuid()) RETURNING id"""
_MESSAGE: Final = "INSERT INTO message_history (session_id, bot_id, message, sender) VALUES ($1, $2, 'hello', 'user')"
_LARGEST: Final = "SELECT org_id FROM message_history GROUP BY org_id ORDER BY count(*) DESC LIMIT 1"
_MANY: Final = """
    INSERT INTO message_history (session_id, bot_id, message, sender{})
    SELECT s.id, s.bot_id, 'hello', 'user'{} FROM (SELECT * FROM user_sessions ORDER BY id LIMIT 1000) s"""


def figures() -> Iterator[Figure]:
    """One load, then everything on it."""
    size = Size[os.environ.get("GBTUI_BENCH_SIZE", "large").upper()]
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
        loaded = await load(admin, size)
        largest = await admin.fetchval(_LARGEST)
        lists, partitions = await _lists(dsn, largest), await _partitions(dsn, admin)
        return [*_load(loaded), *lists, *partitions, await _org_id(admin), *await _delete(admin, largest)]
    finally:
        await admin.close(timeout=5)


def _load(loaded: Loaded) -> Iterator[Figure]:
    messages = loaded.rows["message_history"]
    yield Figure(f"load {messages:,} messages", loaded.seconds, "s")
    yield Figure("messages loaded, indexed and attached", messages / loaded.seconds, "/s")


async def _lists(dsn: str, largest: UUID) -> list[Figure]:
    async with Database(dsn) as database:
        newest = (await sessions(database, limit=1))[0]
        middle = replace(newest, last_activity=datetime.now(UTC) - timedelta(days=60))
        scope = Scope(largest)
        return [
            Figure("tenants, first page", await _median(lambda: tenants(database)), "ms", _PAGE_MS),
            Figure("sessions, first page", await _median(lambda: sessions(database)), "ms", _PAGE_MS),
            Figure(
                "sessions, 60 days deep", await _median(lambda: sessions(database, older_than=middle)), "ms", _PAGE_MS
            ),
            Figure("sessions of one tenant", await _median(lambda: sessions(database, scope)), "ms", _PAGE_MS),
            Figure(
                "the same, 60 days deep",
                await _median(lambda: sessions(database, scope, older_than=middle)),
                "ms",
                _PAGE_MS,
            ),
        ]


async def _median(ask: Callable[[], Awaitable[object]], times: int = 9) -> float:
    """Milliseconds from asking to rows in hand, the way to the server included."""
    taken = []
    for _ in range(times):
        started = perf_counter()
        await ask()
        taken.append(1000 * (perf_counter() - started))
    return statistics.median(taken)


async def _partitions(dsn: str, admin: Connection) -> list[Figure]:
    """Three writers of sessions and messages, while six months are made for two tables."""
    bots = [row["id"] for row in await admin.fetch("SELECT id FROM bots LIMIT 50")]
    connections = [await asyncpg.connect(dsn, timeout=10) for _ in range(_WRITERS)]
    taken: list[float] = []
    going = True

    async def write(connection: Connection) -> None:
        at = 0
        while going:
            bot = bots[at % len(bots)]
            started = perf_counter()
            await connection.execute(_MESSAGE, await connection.fetchval(_SESSION, bot), bot)
            taken.append(1000 * (perf_counter() - started))
            at += 1

    writers = [asyncio.ensure_future(write(connection)) for connection in connections]
    await asyncio.sleep(_SECONDS)
    before, taken[:] = list(taken), []
    started = perf_counter()
    made = await ensure_ahead(admin, 9)
    seconds, during = perf_counter() - started, list(taken)
    going = False
    await asyncio.gather(*writers)
    for connection in connections:
        await connection.close(timeout=5)
    return [
        Figure(f"make {len(made)} partitions beside {_WRITERS} writers", 1000 * seconds, "ms"),
        Figure("a writer's longest wait meanwhile", max(during), "ms", 250, peer_name="without", peer=max(before)),
    ]


async def _org_id(admin: Connection) -> Figure:
    """A thousand messages in one statement, nine times each way, turn and turn about; nothing stays."""
    given, filled = _MANY.format(", org_id", ", s.org_id"), _MANY.format("", "")
    taken: dict[str, list[float]] = {given: [], filled: []}
    for _ in range(9):
        for insert, times in taken.items():
            work = admin.transaction()
            await work.start()
            started = perf_counter()
            await admin.execute(insert)
            times.append(1000 * (perf_counter() - started))
            await work.rollback()
    return Figure(
        "insert 1,000 messages, org_id given",
        statistics.median(taken[given]), "ms", peer_name="by trigger", peer=statistics.median(taken[filled]),
    )  # fmt: skip


async def _delete(admin: Connection, largest: UUID) -> list[Figure]:
    started = perf_counter()
    gone = await delete_organization(admin, largest)
    seconds = perf_counter() - started
    messages = gone["message_history"]
    return [Figure(f"delete the largest tenant ({messages:,} messages)", seconds, "s"),
            Figure("messages deleted with all that hangs on them", messages / seconds, "/s")]  # fmt: skip
