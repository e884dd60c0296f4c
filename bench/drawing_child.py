"""The child of `bench.drawing`: one widget, fed as a console would feed it. Not run by hand."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic, process_time
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable, RichLog

from gbtui.ui.themes import DARK
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.widgets.status_bar import StatusBar
from gbtui.ui.widgets.tail_view import TailLine, TailView

ROWS, COLUMNS, CHANGED = 35, 8, 5
REFRESHES = 30
RATE, SECONDS, BATCH = 1000, 6.0, 0.05
SETTLE = 0.4
TEXTS = (
    "Hello, my invoice from last month shows the wrong address, could you help?",
    "Yes.",
    "Ich schaue gleich nach.",
)


@dataclass(frozen=True)
class Row:
    """As many cells as the budget names."""

    cells: tuple[str, ...]


def rows(turn: int) -> list[Row]:
    """The rows of one sample: five cells differ from the sample before."""
    made = [[f"{row:02}-{column}-value"[: 6 + column] for column in range(COLUMNS)] for row in range(ROWS)]
    for number in range(CHANGED):
        made[(number * 7) % ROWS][3 + number % 4] = f"{turn:02}-changed"[: 6 + number % 4]
    return [Row(tuple(row)) for row in made]


def message(number: int) -> tuple[str, str, str]:
    """Time and tenant, sender, text."""
    stamp = f"14:{number // 60000 % 60:02}:{number // 1000 % 60:02}.{number % 1000:03} acme-{number % 7}"
    return stamp, "user" if number % 2 else "bot ", f"{number} {TEXTS[number % 3]}"


class Child(App[None]):
    """Runs the phases of one subject, tells of each, and goes."""

    def __init__(self, subject: str) -> None:
        super().__init__()
        self.animation_level = "none"
        self.subject = subject
        self.register_theme(DARK)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        """The subject alone."""
        columns = [Column[Row](f"c{n}", f"column{n}", 12, _cell(n)) for n in range(COLUMNS)]
        made: dict[str, Callable[[], Any]] = {
            "live_table": lambda: LiveTable(columns, key=lambda row: row.cells[0]),
            "data_table": DataTable,
            "tail_view": TailView,
            "rich_log": lambda: RichLog(max_lines=10_000, wrap=False),
            "status_bar": StatusBar,
        }
        self.widget = made[self.subject]()
        yield self.widget

    def on_mount(self) -> None:
        """Begin when there is a picture."""
        self.call_after_refresh(lambda: self.run_worker(self._run()))

    async def _run(self) -> None:
        await getattr(self, f"_{self.subject}")()
        self.exit()

    async def _live_table(self) -> None:
        table: LiveTable[Row] = self.widget
        table.focus()
        table.set_rows(rows(0))
        await _refreshes("changed", lambda turn: table.set_rows(rows(turn)))
        same = rows(0)
        table.set_rows(same)
        await _refreshes("same", lambda turn: table.set_rows(rows(0)))
        await _refreshes("cursor", lambda turn: table.action_down())

    async def _data_table(self) -> None:
        table: DataTable[str] = self.widget
        keys = table.add_columns(*(f"column{n}" for n in range(COLUMNS)))
        before = rows(0)
        names = [table.add_row(*row.cells) for row in before]

        def update(turn: int) -> None:
            nonlocal before
            after = rows(turn)
            for name, old, new in zip(names, before, after, strict=True):
                for key, was, now in zip(keys, old.cells, new.cells, strict=True):
                    if was != now:
                        table.update_cell(name, key, now)
            before = after

        await _refreshes("changed", update)

    async def _tail_view(self) -> None:
        view: TailView = self.widget
        await _flood(lambda numbers: view.append([TailLine(n, *message(n)) for n in numbers]))

    async def _rich_log(self) -> None:
        log: RichLog = self.widget

        def write(numbers: range) -> None:
            for n in numbers:
                log.write(" ".join(message(n)))

        await _flood(write)

    async def _status_bar(self) -> None:
        bar: StatusBar = self.widget
        left = ((" prod-eu ", "bold"), (" ▸ ", "dim"), ("Overview", "bold"))
        right = (("primary 18.6 · 0.4 ms · READ-ONLY", ""),)
        bar.show(left, right, "14:02:00")
        await _refreshes("clock", lambda turn: bar.show(left, right, f"14:02:{turn:02}"))


def _cell(n: int) -> Callable[[Row], str]:
    return lambda row: row.cells[n]


async def _refreshes(name: str, refresh: Callable[[int], None]) -> None:
    """One refresh after the other, each with time to be drawn and written; what an idle app costs is taken off."""
    await asyncio.sleep(SETTLE)
    idle = process_time()
    await asyncio.sleep(REFRESHES * 0.06)
    idle = process_time() - idle
    async with _phase(name, REFRESHES, idle):
        for turn in range(1, REFRESHES + 1):
            refresh(turn)
            await asyncio.sleep(0.06)


async def _flood(feed: Callable[[range], None]) -> None:
    """Lines at a steady rate, in the batches in which a poll delivers them; the worst delay of the loop is noted."""
    feed(range(200))
    await asyncio.sleep(SETTLE)
    notes = {"lag": 0.0}
    async with _phase("flood", int(RATE * SECONDS), 0.0, notes):
        start, sent = monotonic(), 0
        while sent < RATE * SECONDS:
            due = int((monotonic() - start) * RATE)
            feed(range(200 + sent, 200 + due))
            sent = due
            asked = monotonic()
            await asyncio.sleep(BATCH)
            notes["lag"] = max(notes["lag"], monotonic() - asked - BATCH)


@asynccontextmanager
async def _phase(name: str, steps: int, idle: float, notes: dict[str, float] | None = None) -> AsyncIterator[None]:
    _tell({"begin": name})
    await asyncio.sleep(0.05)
    cpu, wall = process_time(), monotonic()
    yield
    spent, took = process_time() - cpu - idle, monotonic() - wall
    await asyncio.sleep(SETTLE)
    _tell({"end": name, "cpu": spent, "wall": took, "steps": steps, **(notes or {})})
    await asyncio.sleep(0.05)


def _tell(event: dict[str, Any]) -> None:
    os.write(int(os.environ["GBTUI_BENCH_FD"]), json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    Child(sys.argv[1]).run()
