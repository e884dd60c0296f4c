"""Every list at three sizes: the server's milliseconds, its plan, how long until its rows are here and drawn; one page.

The lists are the registry's probes that read the platform, and each way to find sessions: whoever adds a list finds it
here. GBTUI_BENCH_SIZES names sizes (small,medium,large); GBTUI_BENCH_LARGE is the DSN of a server that holds the large
demo already, else it is loaded (five minutes, 6 GB under /tmp). GBTUI_BENCH_PAGE is the Markdown file
(docs/lists-at-size.md).
"""

import asyncio
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import asyncpg

from bench.figure import Figure
from bench.painting import painted
from gbtui.database.database import Database
from gbtui.database.sql import Statement
from gbtui.demo.embedded import EmbeddedServer
from gbtui.demo.sample import Size, load
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.session_list import Edge, Wish, session_page
from gbtui.domain.subject import Subject, bot, user
from gbtui.monitor.probes import PROBES
from gbtui.resources import migrations
from gbtui.schema import runner, source

_BUDGET_MS: Final = 50.0
_PAINT_BUDGET_MS: Final = 300.0
_TIMES: Final = 5
_DEEP: Final = timedelta(days=60)
_PICK: Final = """
    SELECT s.org_id, o.slug, s.bot_id, b.name AS bot, s.user_id, u.username
    FROM user_sessions s JOIN organizations o USING (org_id) JOIN bots b ON b.id = s.bot_id
    JOIN users u ON u.id = s.user_id ORDER BY s.updated_at DESC, s.id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One list: the first page or one deep in the past."""

    name: str
    server_ms: float
    """The statements' own, by EXPLAIN (ANALYZE, TIMING OFF): the median."""
    page_ms: float
    """From asking to rows in hand."""
    statements: int
    plan: str
    """The ways by which large tables are read."""


class Overheard(Database):
    """Remembers the statements that a page asks."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    async def fetch(
        self, statement: str | Statement, *args: object, timeout: float | None = None
    ) -> list[asyncpg.Record]:
        """As usual, and remembered."""
        from gbtui.database.sql import statement as by_name

        text = by_name(statement).text if isinstance(statement, str) else statement.text
        self.asked.append((text, args))
        return await super().fetch(statement, *args, timeout=timeout)


def figures() -> Iterator[Figure]:
    """Each list's first page at each size; the page of Markdown is written at the end."""
    sizes = os.environ.get("GBTUI_BENCH_SIZES", "small,medium,large").split(",")
    found = {size: asyncio.run(_measure(Size[size.upper()])) for size in sizes}
    page = Path(os.environ.get("GBTUI_BENCH_PAGE", "docs/lists-at-size.md"))
    lists = {size: rows for size, (rows, _) in found.items()}
    drawn = {size: pictures for size, (_, pictures) in found.items()}
    page.write_text(markdown(lists) + _drawn_table(drawn), encoding="utf-8")
    for size, (rows, pictures) in found.items():
        for row in rows:
            yield Figure(f"{size}: {row.name}", row.server_ms, "ms", _BUDGET_MS)
        for name, took in pictures.items():
            yield Figure(f"{size}: {name}, from the key to the picture", took, "ms", _PAINT_BUDGET_MS)


def _drawn_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """From the key to the picture, a list a line."""
    names = next(iter(found.values()))
    lines = [
        "",
        "From the last key typed to the rows on the screen at 120x40, in ms; the first time that list is opened, so"
        " with loading its code, asking and drawing (`bench/painting.py`).",
        "",
        f"| list | {' | '.join(found)} |",
        f"|---|{'---:|' * len(found)}",
        *(f"| {name} | {' | '.join(f'{of_size[name]:.0f}' for of_size in found.values())} |" for name in names),
    ]
    return "\n".join(lines) + "\n"


def markdown(found: Mapping[str, list[Measured]]) -> str:
    """One table: a list a line, a size a group of columns."""
    sizes = list(found)
    heads = " | ".join(f"{size}: server ms | page ms" for size in sizes)
    lines = [
        "# Lists at size",
        "",
        f"`python -m bench lists`, {datetime.now(UTC):%Y-%m-%d}. Server ms: EXPLAIN (ANALYZE, TIMING OFF) of all the"
        " statements of a page, median of five; page ms: from asking to rows in hand; the plan is the largest size's.",
        "",
        f"| list | {heads} | plan |",
        f"|---|{'---:|' * 2 * len(sizes)}---|",
    ]
    by_name = {row.name: {size: one for size in sizes for one in found[size] if one.name == row.name}
               for row in found[sizes[-1]]}  # fmt: skip
    for name, of_size in by_name.items():
        told = [of_size.get(size) for size in sizes]
        cells = " | ".join(f"{one.server_ms:.1f} | {one.page_ms:.1f}" if one else "– | –" for one in told)
        lines.append(f"| {name} | {cells} | {of_size[sizes[-1]].plan} |")
    return "\n".join(lines) + "\n"


async def _measure(size: Size) -> tuple[list[Measured], dict[str, float]]:
    async with _server(size) as dsn, Overheard(dsn) as database:
        admin = await asyncpg.connect(dsn, timeout=10)
        try:
            await admin.execute("SET jit = off")
            row = await admin.fetchrow(_PICK)
            large = {one["relname"] for one in await admin.fetch("SELECT relname FROM pg_class WHERE reltuples > 5000")}
            lists = [await _one(database, admin, name, ask, large) async for name, ask in _lists(database, row)]
            return lists, await painted(dsn)
        finally:
            await admin.close(timeout=5)


async def _lists(database: Database, row: Any) -> AsyncIterator[tuple[str, Any]]:
    """All lists: by the registry, and every way to find sessions, of which the depth is what it is about."""
    org, the_bot = Scope(row["org_id"], row["slug"]), bot(row["org_id"], row["slug"], row["bot_id"], row["bot"])
    the_user = user(row["user_id"], row["username"])
    now = datetime.now(UTC)
    wishes = {
        "": Wish(), " is:active": Wish(marks=("active",)), " is:waiting": Wish(marks=("waiting",)),
        " is:expiring": Wish(marks=("expiring",)), " is:anonymous": Wish(marks=("anonymous",)),
        " bot:": Wish(bot=row["bot"]), " user:": Wish(user=row["username"]), " org:": Wish(organization=row["slug"]),
        " at:": Wish(at=now - timedelta(hours=2)), " at: bot:": Wish(at=now - timedelta(hours=2), bot=row["bot"]),
    }  # fmt: skip
    for name, wish in wishes.items():
        yield f"sessions{name}", lambda wish=wish: session_page(database, EVERYONE, wish)
        yield f"sessions{name}, of one tenant", lambda wish=wish: session_page(database, org, wish)
        if not ({"waiting", "expiring"} & set(wish.marks)) and wish.at is None:
            edge = Edge((now - _DEEP, row["org_id"]), wish=wish)
            yield f"sessions{name}, 60 days deep", lambda edge=edge: session_page(database, at=edge)
    scopes: tuple[tuple[str, Scope | Subject], ...] = (
        ("", EVERYONE), (" of one tenant", org), (" of one bot", the_bot), (" of one user", the_user),
    )  # fmt: skip
    for probe in PROBES.values():
        if probe.derive is not None or "gbtui.monitor.platform" not in probe.fetch.__module__:
            continue
        for told, scope in scopes if probe.scoped else scopes[:1]:
            try:
                reading = await probe.fetch(database, scope, None)
            except LookupError:  # it is not narrowed to such a thing
                continue
            if reading.rows and not (probe.name == "sessions" and not told):
                yield f"{probe.name}{told}", lambda probe=probe, scope=scope: probe.fetch(database, scope, None)


async def _one(database: Overheard, admin: Any, name: str, ask: Any, large: set[str]) -> Measured:
    took = []
    for _ in range(_TIMES):
        database.asked.clear()
        began = perf_counter()
        await ask()
        took.append(1000 * (perf_counter() - began))
    asked = list(database.asked)
    times, nodes = [], set()
    for _ in range(_TIMES):
        total = 0.0
        for text, args in asked:
            told = json.loads(await admin.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}", *args))[0]
            total += told["Execution Time"]
            nodes |= set(_ways(told["Plan"], large))
        times.append(total)
    return Measured(name, statistics.median(times), statistics.median(took), len(asked), ", ".join(sorted(nodes)))


def _ways(node: dict[str, Any], large: set[str]) -> Iterator[str]:
    """By which index, or not by any, a large table is read."""
    if node.get("Relation Name") in large and node["Actual Loops"]:
        month = str(node["Relation Name"])
        yield "**Seq Scan** " + month if node["Node Type"] == "Seq Scan" else _short(node.get("Index Name", month))
    elif node["Node Type"] == "Bitmap Index Scan":
        yield _short(node["Index Name"])
    for child in node.get("Plans", ()):
        yield from _ways(child, large)


def _short(index: str) -> str:
    """The same index of every month."""
    head, found, tail = index.partition("_p20")
    return head + tail[4:] if found else index


@asynccontextmanager
async def _server(size: Size) -> AsyncIterator[str]:
    """A server with the demo of this size: one that is named, else one of our own."""
    given = os.environ.get("GBTUI_BENCH_LARGE", "")
    if given and size is Size.LARGE:
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration={"fsync": "off"})
    try:
        dsn = embedded.start()
        admin = await asyncpg.connect(dsn, timeout=10)
        await runner.up(admin, source.read(migrations("core")))
        await load(admin, size)
        await admin.close(timeout=5)
        yield dsn
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)
