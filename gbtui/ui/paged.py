"""A list whose first page is live and whose other pages are read when one moves on past its last or first row."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from textual import on

from gbtui.domain.page import Page as Rows
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.monitor.platform.lists import FIRST_PAGE
from gbtui.monitor.sample import Sample
from gbtui.text import count
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable

Page: TypeAlias = Callable[[Scope, Any], Awaitable[Sequence[Any] | Rows[Any]]]
"""Reads the rows behind a row (None: the first ones) by keyset; fewer than PAGE: there are no more.

A list that knows better where its pages begin gives `gbtui.domain.page.Page`, and is handed back what that says.
"""
PAGE: Final = 200
MOST: Final = 5_000
"""Rows held at most: of more the first ones read go, and are read again on the way back."""


class PagedScreen(ListScreen):
    """Rows of a probe, and below them what was read once, with the time of it."""

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._live: Sequence[Any] = ()
        self._behind: Any = None
        """Where the page behind the live one begins, as its sample says."""
        self._pushed: dict[Any, Any] = {}
        """Rows that were live when the pages behind them were read, and are not any more."""
        self._pages: list[Rows[Any]] = []
        self._afloat = False
        """Whether rows between the live ones and those read are left out."""
        self._read_at: datetime | None = None
        self._ended = False
        self._busy = False
        self._paged_of: tuple[Scope, Any] = (EVERYONE, None)

    # --- what a subclass says --------------------------------------------------------------------------

    def edge(self, live: Sequence[Any]) -> Any:
        """The row behind which the first page after the live one begins; None: at the first row of all."""
        return live[-1] if live else None

    # --- rows --------------------------------------------------------------------------------------------

    def show(self, sample: Sample[Any]) -> None:
        """The live page anew; what it let go stays among what was read, while there is such."""
        live = {self.key(row) for row in sample.rows}
        if self._pages:
            gone = {self.key(row): row for row in self._live if self.key(row) not in live}
            self._pushed = {**gone, **self._pushed}
        self._live, self._behind = sample.rows, sample.behind
        self._draw()

    def _draw(self) -> None:
        self.table.set_rows(self._rows())

    def _rows(self) -> Sequence[Any]:
        read = {self.key(row): row for page in self._pages for row in page.rows}
        if self._afloat:
            return list(read.values())
        read = {**self._pushed, **read}
        live = {self.key(row) for row in self._live}
        return [*self._live, *(row for key, row in read.items() if key not in live)]

    @property
    def list_name(self) -> str:
        """By which name its pages are read."""
        return self.NAME

    @property
    def more(self) -> bool:
        """Whether there may be rows that are not here."""
        reader = self.console.connected.pages.get(self.list_name) if self.console.connected else None
        if reader is None or self._ended:
            return False
        return bool(self._pages) or self._behind is not None or len(self._live) >= PAGE

    @on(LiveTable.PastEnd)
    def _past_end(self) -> None:
        """The cursor stands on the last row and wants to go on."""
        if not self.more or self._busy:
            return
        if len(self.table.rows) >= MOST and (not self._pages or self._pages[-1].before is None):
            self.console.say(f"{count(MOST)} rows are the most that are held: / or o narrows")
            return
        self._start(self._read_on())

    @on(LiveTable.PastStart)
    def _past_start(self, message: LiveTable.PastStart) -> None:
        """The cursor stands on the first row and wants to go back; `g` leads to the live rows at once."""
        if not self._afloat or self._busy:
            return
        if message.home:
            self.let_go()
            self._draw()
            if self._live:
                self.table.go_to(self.key(self._live[0]))
            self.caption()
        else:
            self._start(self._read_back())

    def _start(self, reading: Any) -> None:
        self._busy = True
        self.console.say("reading on …")
        self.console.attempt(reading)

    async def _page(self, edge: Any) -> Rows[Any] | None:
        """A page; None if it is not wanted any more."""
        assert self.console.connected is not None
        asked = self._paged_of
        found = await self.console.connected.pages[self.list_name](self.scope, edge)
        if asked != self._paged_of:
            return None
        if isinstance(found, Rows):
            return found
        return Rows(tuple(found), found[-1] if len(found) >= PAGE else None)

    async def _read_on(self) -> None:
        known = {self.key(row) for row in self.table.rows}
        self._read_at = self._read_at or self.console.now()
        new = 0
        try:
            # A page may hold nothing but rows that are live already.
            while not self._ended and not new:
                edge = self._pages[-1].behind if self._pages else self._behind or self.edge(self._live)
                page = await self._page(edge)
                if page is None:
                    return
                self._pages.append(page)
                self._ended = page.behind is None
                new = len({self.key(row) for row in page.rows} - known)
            self._hold(first=False)
            self._draw()
        finally:
            self._busy = False
        self.console.say(f"{count(new)} more" if new else "that is all")
        if new:
            self.table.action_down()
        self.caption()

    async def _read_back(self) -> None:
        """The page in front of those held; where it meets the live one, all is whole again."""
        try:
            page = await self._page(self._pages[0].before)
            if page is None:
                return
            self._pages.insert(0, page)
            live = {self.key(row) for row in self._live}
            if page.before is None or any(self.key(row) in live for row in page.rows):
                self._afloat = False
            self._hold(first=True)
            self._draw()
        finally:
            self._busy = False
        self.table.action_up()
        self.caption()

    def _hold(self, *, first: bool) -> None:
        """Let go of pages at the far end where too many rows are held."""
        while sum(len(page.rows) for page in self._pages) > MOST - PAGE and len(self._pages) > 2:
            if first:
                self._pages.pop()
                self._ended = False
            elif self._pages[1].before is not None:
                self._pages.pop(0)
                self._afloat, self._pushed = True, {}
            else:
                return

    def let_go(self) -> None:
        """Nothing but the live page."""
        self._pushed, self._pages, self._read_at, self._ended, self._afloat = {}, [], None, False, False

    def watch_again(self) -> None:
        """Another scope, or something else is asked: other rows."""
        if self._paged_of != (self.scope, self.asked):
            if self._paged_of[0] != self.scope:
                self._live = ()
            else:
                self.forget()
            self._paged_of = (self.scope, self.asked)
            self._behind = None
            self.let_go()
        super().watch_again()

    # --- what is said ------------------------------------------------------------------------------------

    def state(self, name: str) -> tuple[str, str] | None:
        """That there is more stands in the caption."""
        said = super().state(name)
        sample = self.samples.get(name)
        first = sample is not None and sample.taken_at and not sample.error and sample.skipped in ((), (FIRST_PAGE,))
        return None if first and self._live else said

    def remarks(self) -> list[Run]:
        """What is live, what was read when, and whether there is more."""
        runs: list[Run] = []
        if self._afloat and self._read_at is not None:
            runs.append((f"  further down, read {self.console.time(self._read_at)}", ""))
            runs.append(("  g: the live ones", "dim"))
        elif self._pages and self._read_at is not None:
            live = len(self._live)
            read = count(len(self.table.rows) - live)
            runs.append((f"  {count(live)} live, {read} read {self.console.time(self._read_at)}", ""))
        if self.more:
            runs.append(("  more: down", "dim"))
        elif self._pages:
            runs.append(("  all of them", "dim"))
        return runs
