"""The look-up behind `:` on a platform at size: what the server does for it, and the way to rows in hand.

GBTUI_BENCH_SIZE is small, medium or large (the default); GBTUI_BENCH_DSN names a server that is filled already, on this
machine. The server's time is the processor time of its process: others on the machine make it no longer.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg

from bench.figure import Figure
from gbtui.database.database import Database
from gbtui.database.sql import statement
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Size, load
from gbtui.domain.going.asked import asked
from gbtui.domain.going.look_up import LookUp
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.resources import migrations
from gbtui.schema import runner, source

_BUDGET_MS: Final = 50.0
_TIMES: Final = 9
_LARGEST: Final = "SELECT org_id FROM user_sessions GROUP BY org_id ORDER BY count(*) DESC LIMIT 1"
_SESSION: Final = "SELECT id FROM user_sessions LIMIT 1 OFFSET 500"
_MESSAGE: Final = "SELECT id FROM message_history LIMIT 1 OFFSET 500"
_ASKED: Final = {
    "a whole address": "user99@example.com",
    "the beginning of one": "user9",
    "a beginning of one letter": "a",
    "a name that many have": "support",
    "a part that few have": "ser199",
    "a part that all have": "example.com",
    "nothing": "no such thing",
    "%_\\": "%_\\",
}


def figures() -> Iterator[Figure]:
    """Milliseconds for each kind of text, of everybody and within the largest organization."""
    if dsn := os.environ.get("GBTUI_BENCH_DSN"):
        yield from asyncio.run(_measure(dsn))
        return
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration={"fsync": "off"})
    try:
        dsn = embedded.start()
        asyncio.run(_fill(dsn, Size[os.environ.get("GBTUI_BENCH_SIZE", "large").upper()]))
        yield from asyncio.run(_measure(dsn))
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


async def _fill(dsn: str, size: Size) -> None:
    admin = await asyncpg.connect(dsn, timeout=10)
    await runner.up(admin, source.read(migrations("core")))
    await load(admin, size)
    await admin.close(timeout=5)


async def _measure(dsn: str) -> list[Figure]:
    admin = await asyncpg.connect(dsn, timeout=10, server_settings={"jit": "off"})
    largest = Scope(await admin.fetchval(_LARGEST))
    texts = {**_ASKED, "a session's id": str(await admin.fetchval(_SESSION)),
             "a message's id": str(await admin.fetchval(_MESSAGE))}  # fmt: skip
    found = []
    async with Database(dsn) as database:
        look_up = LookUp(database)
        for scope, where in ((EVERYONE, ""), (largest, ", in one organization")):
            found += [
                Figure(f"{told}{where}", await _server(admin, text, scope), "ms", _BUDGET_MS)
                for told, text in texts.items()
            ]
            found.append(Figure(f"the same{where}, asked and answered", await _way(look_up, texts, scope), "ms"))
    await admin.close(timeout=5)
    return found


async def _server(admin: "asyncpg.Connection[asyncpg.Record]", text: str, scope: Scope) -> float:
    """Processor time of one look-up, planning included: the median."""
    wanted = asked(text)
    name = "go_anywhere" if scope.org_id is None else "go_within"
    arguments = (wanted.name, wanted.low, wanted.high, wanted.texts, True, *scope.arguments)
    process = admin.get_server_pid()
    taken = []
    for _ in range(_TIMES):
        before = _nanoseconds(process)
        await admin.fetch(statement(f"general_bots/{name}").text, *arguments)
        taken.append((_nanoseconds(process) - before) / 1e6)
    return statistics.median(taken)


def _nanoseconds(process: int) -> int:
    """On a processor, since it began."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


async def _way(look_up: LookUp, texts: dict[str, str], scope: Scope) -> float:
    """From asking to ranked choices, of all texts: the median."""
    taken = []
    for text in texts.values():
        started = perf_counter()
        await look_up.find(text, scope)
        taken.append(1000 * (perf_counter() - started))
    return statistics.median(taken)
