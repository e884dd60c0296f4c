"""The reader for a table without the stream column: it finds messages by their dates and the transactions behind them.

A row that was not visible in the last snapshot was written by a transaction not older than the oldest that was open
in it, so its system column xmin tells the new rows from the others, and ids drop what comes twice. But there is no
index on xmin: only what is dated within a window is looked at. Hence a weaker promise than the exact reader's, and it
says so: what is dated further back than the window when it is committed is not seen.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg

from gbtui.domain.scope import Scope
from gbtui.domain.tail.bookmark import Bookmark, Key
from gbtui.domain.tail.cursor import NOWHERE, Cursor, Header
from gbtui.domain.tail.events import Gap
from gbtui.domain.tail.history import History
from gbtui.domain.tail.page import PAGE, Page, Row
from gbtui.domain.tail.seen import SeenByDate
from gbtui.domain.tail.session import Session
from gbtui.errors import LostError, UsageError

if TYPE_CHECKING:
    from gbtui.domain.tail.stream import Stream

WIDE: Final = 600.0  # seconds of dates that are looked at every now and then, and after each break
WIDE_EVERY: Final = 30.0  # seconds between two such looks
_NARROW: Final = 15.0  # seconds of dates that each poll looks at, at least
_LEARNED: Final = 200  # messages whose age at delivery says how late dates come here (a writer's clock may be slow)
_STUCK: Final = 5.0  # seconds the oldest open transaction stays the same, from which on its age is asked for
_MARGIN: Final = 2.0  # seconds between a transaction's start and the first of its dates, generously
_STEPPED: Final = WIDE / 2  # seconds the server's clock may go back: beyond, new dates fall behind what is remembered
_LAST: Final = UUID(int=2**128 - 1)
_SEEN_AT_START: Final = 50_000  # the LIMIT of the statement that reads what a new tail has to know as old


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass through a window of dates, over as many pages as it takes."""

    snapshot: str | None
    """Rows of transactions that had ended in it are passed over; None: of none."""
    at: Key
    """Everything up to this row was delivered."""
    wide: bool
    first: Header | None = None
    """The header of its first page: what became visible later is found by the next pass."""
    found: bool = False
    """Whether a row came again that was delivered before."""


class DatedReader:
    """Reads a table by created_at: every message once, as long as none is dated further back than the window.

    As with the exact reader, `poll()` moves nothing and `accept()` moves behind the page. Each poll looks at a narrow
    window, as long as dates come late here or a transaction stays open; every half minute at ten minutes; after a
    break at all that is remembered, whichever transaction wrote it.
    """

    def __init__(self, stream: "Stream[Any]", scope: Scope) -> None:
        self.stream = stream
        self.scope = scope
        self.repeats = 0
        self.started = False
        self._session: Session | None = None
        self._history = History()
        self._last = self._last_wide = NOWHERE
        self._seen = SeenByDate(NOWHERE.clock)
        self._begin = NOWHERE.clock
        self._ages: deque[float] = deque(maxlen=_LEARNED)
        self._pids: set[int] = set()
        self._open: Mapping[int, datetime] = {}  # open transactions, and when each was first seen to be
        self._open_for, self._open_asked = 0.0, 0.0
        self._look: _Look | None = None
        self._after: tuple[_Look, Header] | None = None  # of the page that was read and may be accepted
        self._joining: Header | None = None  # the last header before a break, until it is known what became of it

    @property
    def guarantee(self) -> str:
        """What is promised, as a sentence; it changes at most once a minute."""
        back = int((self._last.clock - self._seen.horizon).total_seconds() / 60)
        return (
            f"best effort: a message dated more than {back or '<1'} m back when it is committed is missed;"
            " no column tells which transaction wrote it, so messages are found by their dates"
        )

    @property
    def position(self) -> int:
        """The transaction number from which on nothing had been seen at the last poll."""
        return self._last.xmax

    async def start(self, session: Session, backlog: int, since: datetime | None = None) -> list[asyncpg.Record]:
        """Stand at this moment; return the newest `backlog` rows before it (not older than `since`), oldest first."""
        self._session = session
        (row,) = await session.fetch("server/tail_dates", self.stream.table)
        if not row["dated"]:
            raise UsageError(
                "Every poll would read all of the table",
                f"{self.stream.table} has no index that begins with created_at",
                f"CREATE INDEX CONCURRENTLY ON {self.stream.table} (created_at)",
            )
        history = await session.history()
        self._open_for = await self._age_of_oldest()
        async with session.snapshot():
            header = await self._header()
            horizon = header.clock - timedelta(seconds=max(WIDE, self._open_for + _MARGIN))
            known = await self._fetch(self.stream.seen, horizon)
            rows = await self._fetch(self.stream.backlog, backlog, since) if backlog else []
        self._seen = SeenByDate(known[-1]["created_at"] if len(known) >= _SEEN_AT_START else horizon)
        for record in known:
            self._seen.add(record["id"], record["created_at"])
        self._begin = self._seen.horizon
        self._last = self._last_wide = header
        self._open, self._pids = _first_seen(header, {}), {header.pid}
        self._look, self._joining, self._history = None, None, history
        self.started = True
        return rows[::-1]

    async def resume(self, session: Session, bookmark: Bookmark) -> None:
        """There is no position to go on from."""
        raise UsageError("No cursor can be kept", NO_CURSOR)

    def bookmark(self) -> Bookmark:
        """There is no position to go on from."""
        raise UsageError("No cursor can be kept", NO_CURSOR)

    async def again(self, keys: Sequence[Key]) -> list[asyncpg.Record]:
        """The rows with these keys that are still there, in the order of the keys."""
        rows = await self._fetch(self.stream.again, [key.id for key in keys], [key.created_at for key in keys])
        found = {Key(row["created_at"], row["id"]): row for row in rows}
        return [found[key] for key in keys if key in found]

    async def attach(self, session: Session) -> Gap | None:
        """Go on over a new connection. A gap: it leads to another cluster, and only `start` makes sense."""
        self._session = session
        self._pids.clear()
        history = await session.history()
        header = await self._header()
        if history.another_cluster(self._history):
            return Gap(self.position, header.xmax, "this is another server; what it held before is not shown")
        if self._stepped(header):
            reason = "the server's clock went back; what was written meanwhile is not shown"
            return Gap(self.position, header.xmax, reason)
        self._history = history.or_else(self._history)
        self._break()
        return None

    async def older(self, since: datetime, after: UUID) -> list[asyncpg.Record]:
        """One page of the rows from `since` on that were there at the start, oldest first; [] at the end."""
        rows = await self._fetch(self.stream.since, since, after)
        while rows:
            if old := [row for row in rows if row["created_at"] <= self._begin or self._seen.knows(row["id"])]:
                return old
            rows = await self._fetch(self.stream.since, rows[-1]["created_at"], rows[-1]["id"])
        return []

    async def poll(self) -> Page:
        """Read what is new; the rows count as delivered only after `accept()`."""
        while True:
            look = self._look or await self._next_look()
            answer = await self._fetch(self.stream.poll, look.snapshot, *look.at)
            header = Header.parse(next(row["header"] for row in answer if row["header"] is not None))
            if self._stepped(header):
                raise LostError("Connection lost", "the server's clock went back")
            if look.snapshot is None or await self._joins(header):
                break
            self._break()
        records = sorted((r for r in answer if r["header"] is None), key=lambda r: (r["created_at"], r["id"]))
        fresh = [Row(0, record["id"], record) for record in records if not self._seen.knows(record["id"])]
        page = Page(header, fresh, Cursor(header.xmax), more=len(records) >= PAGE, repeats=len(records) - len(fresh))
        look = replace(look, first=look.first or header, found=look.found or page.repeats > 0)
        if page.more:
            look = replace(look, at=Key(records[-1]["created_at"], records[-1]["id"]))
        elif self._joining is not None and not look.found and self._seen:
            page.gap = Gap(self._joining.xmax, header.xmax, "nothing that was read before the break was found again")
        self._after = look, header
        return page

    def accept(self, page: Page) -> None:
        """The page's rows have been handed over: never return them again."""
        assert self._after is not None
        look, header = self._after
        for row in page.rows:
            self._seen.add(row.id, row.record["created_at"])
            self._ages.append((header.clock - row.record["created_at"]).total_seconds())
        self._pids.add(header.pid)
        if look.snapshot is None:
            self.repeats += page.repeats
        if page.more:
            self._look = look
            return
        assert look.first is not None
        self._look, self._last, self._joining = None, look.first, None
        if look.wide:
            # Only now, and by what was open then: until the next wide look nothing that is promised is forgotten.
            self._last_wide = look.first
            self._seen.advance(look.first.clock - timedelta(seconds=max(WIDE, self._needed())))
        self._open = _first_seen(look.first, self._open)

    def _break(self) -> None:
        """What the server knows may have changed: look at all that is remembered, whichever transaction wrote it."""
        self._joining = self._joining or self._last
        start = Key(self._seen.horizon, _LAST)
        if self._look is not None:  # a burst of one date may have filled all that is remembered: go on in its middle
            start = min(start, self._look.at)
        self._look = _Look(None, start, wide=True)

    def _stepped(self, header: Header) -> bool:
        """Whether the server's clock went back so far that new rows are dated before what is remembered."""
        return (self._last.clock - header.clock).total_seconds() > _STEPPED

    async def _joins(self, header: Header) -> bool:
        """Whether this is the same run of the server as before, later."""
        assert self._session is not None
        if not header.joins(self._last):
            return False
        if header.pid in self._pids:
            return True
        history, last = await self._session.history(), self._history  # a pooler changed the server process under us
        if history.another_cluster(last):
            raise LostError("Connection lost", "the connection leads to another server now")
        self._history = history.or_else(last)
        return history.same_run(last)

    async def _next_look(self) -> _Look:
        """From where on the dates are looked at next."""
        last = self._last
        wide = (last.clock - self._last_wide.clock).total_seconds() >= WIDE_EVERY
        if wide or (self._stuck_for() > _STUCK and monotonic() - self._open_asked > _STUCK):
            self._open_for, self._open_asked = await self._age_of_oldest(), monotonic()
        start = self._seen.horizon
        if not wide:
            late = sorted(self._ages)[int(len(self._ages) * 0.99)] if self._ages else 0.0
            window = max(_NARROW, 2 * late + 5, self._needed())
            start = max(start, last.clock - timedelta(seconds=window))
        return _Look((self._last_wide if wide else last).snapshot, Key(start, _LAST), wide)

    def _needed(self) -> float:
        """Seconds of dates that the oldest transaction which is open now may have written."""
        return max(self._stuck_for(), self._open_for) + _NARROW

    def _stuck_for(self) -> float:
        """Seconds since the first of the transactions that are open was seen to be."""
        return (self._last.clock - min(self._open.values(), default=self._last.clock)).total_seconds()

    async def _header(self) -> Header:
        assert self._session is not None
        return Header.parse((await self._session.fetch("server/tail_header"))[0]["header"])

    async def _age_of_oldest(self) -> float:
        assert self._session is not None
        (row,) = await self._session.fetch("server/tail_oldest")
        return float(row["age"] or 0.0)

    async def _fetch(self, name: str, *arguments: Any) -> list[asyncpg.Record]:
        assert self._session is not None
        return await self._session.fetch(name, *arguments, *self.scope.arguments, where=self.scope.where)


def _first_seen(header: Header, before: Mapping[int, datetime]) -> Mapping[int, datetime]:
    """When each transaction that is open in a snapshot was first seen; a standby's names only the oldest."""
    oldest = {header.xmin} if header.xmin < header.xmax else set()
    return {number: before.get(number, header.clock) for number in header.open | oldest}


NO_CURSOR: Final = "the table does not tell which transaction wrote a row: say --since instead"
"""Why a dated stream cannot be gone on with where it was stopped."""
