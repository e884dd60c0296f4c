"""A list whose first page is live and whose other pages are read when one moves down past the last row."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from textual import on

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.monitor.sample import Sample
from gbtui.text import count
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable

Page: TypeAlias = Callable[[Scope, Any], Awaitable[Sequence[Any]]]
"""Reads the rows behind a row (None: the first ones) by keyset; fewer than PAGE: there are no more."""
PAGE: Final = 200
MOST: Final = 5_000
"""Rows held at most: who looks for one among more finds it by narrowing."""


class PagedScreen(ListScreen):
    """Rows of a probe, and below them what was read once, with the time of it."""

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._live: Sequence[Any] = ()
        self._read: dict[Any, Any] = {}
        self._read_at: datetime | None = None
        self._ended = False
        self._busy = False
        self._edge: Any = None
        self._paged_scope = EVERYONE

    # --- what a subclass says --------------------------------------------------------------------------

    def edge(self, live: Sequence[Any]) -> Any:
        """The row behind which the first page after the live one begins; None: at the first row of all."""
        return live[-1] if live else None

    # --- rows --------------------------------------------------------------------------------------------

    def show(self, sample: Sample[Any]) -> None:
        """The live page anew; what it let go stays among what was read, while there is such."""
        live = {self.key(row): row for row in sample.rows}
        if self._read:
            for row in self._live:
                if self.key(row) not in live:
                    self._read = {self.key(row): row, **self._read}
        self._live = sample.rows
        self._draw()

    def _draw(self) -> None:
        live = {self.key(row) for row in self._live}
        self.table.set_rows([*self._live, *(row for key, row in self._read.items() if key not in live)])

    @property
    def list_name(self) -> str:
        """By which name its pages are read."""
        return self.NAME

    @property
    def more(self) -> bool:
        """Whether there may be rows that are not here."""
        reader = self.console.connected.pages.get(self.list_name) if self.console.connected else None
        return reader is not None and not self._ended and len(self._live) >= PAGE

    @on(LiveTable.PastEnd)
    def _past_end(self) -> None:
        """The cursor stands on the last row and wants to go on."""
        if not self.more or self._busy:
            return
        if len(self.table.rows) >= MOST:
            self.console.say(f"{count(MOST)} rows are the most that are held: / or o narrows")
            return
        self._busy = True
        self.console.say("reading on …")
        self.console.attempt(self._read_on())

    async def _read_on(self) -> None:
        assert self.console.connected is not None
        read, scope, known = self.console.connected.pages[self.list_name], self.scope, len(self.table.rows)
        self._read_at = self._read_at or self.console.now()
        try:
            # A page may hold nothing but rows that are live already.
            while not self._ended and len(self.table.rows) == known:
                rows = await read(scope, self._edge or self.edge(self._live))
                if scope != self.scope:
                    return
                self._read |= {self.key(row): row for row in rows}
                self._edge = rows[-1] if rows else self._edge
                self._ended = len(rows) < PAGE
                self._draw()
        finally:
            self._busy = False
        new = len(self.table.rows) - known
        self.console.say(f"{count(new)} more" if new else "that is all")
        if new:
            self.table.action_down()
        self.caption()

    def watch_again(self) -> None:
        """Another scope: other rows."""
        if self._paged_scope != self.scope:
            self._paged_scope = self.scope
            self._live, self._read, self._read_at, self._edge, self._ended = (), {}, None, None, False
        super().watch_again()

    # --- what is said ------------------------------------------------------------------------------------

    def state(self, name: str) -> tuple[str, str] | None:
        """That there is more stands in the caption."""
        said = super().state(name)
        sample = self.samples.get(name)
        return None if said and sample and sample.taken_at and not sample.error and self._live else said

    def remarks(self) -> list[Run]:
        """What is live, what was read when, and whether there is more."""
        runs: list[Run] = []
        if self._read and self._read_at is not None:
            live = len(self._live)
            read = count(len(self.table.rows) - live)
            runs.append((f"  {count(live)} live, {read} read {self.console.time(self._read_at)}", ""))
        if self.more:
            runs.append(("  more: down", "dim"))
        elif self._read:
            runs.append(("  all of them", "dim"))
        return runs
