"""The exactly-once reader: one poll at a time, over however many connections it takes."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import asyncpg

from gbtui.domain.scope import Scope
from gbtui.domain.tail.cursor import NOWHERE, Cursor, Header
from gbtui.domain.tail.events import Gap
from gbtui.domain.tail.page import Large, Page, Places, arrange
from gbtui.domain.tail.seen import LOOKBACK_TRANSACTIONS, Seen
from gbtui.domain.tail.session import History, Session
from gbtui.domain.tail.stream import Stream
from gbtui.errors import LostError

_OLDEST: Final = 4  # the first number the partial index holds: 3 stands for "before the tail existed"
_SEEN_AT_START: Final = 50_000  # the LIMIT of the statement that reads what a new tail has to know as old


@dataclass(slots=True)
class _LookBack:
    """History is being read again after a break: what was known before it, and whether any of it was found."""

    before: int
    other_timeline: bool
    found: bool = False


class Reader:
    """Reads a stream exactly once, in the order of transactions.

    `poll()` returns a page and moves nothing; `accept()` moves the cursor behind it. A page that was never accepted
    (the connection broke, the program was stopped) is simply read again. After `attach()`, and whenever the server
    turns out to be another process, the reader looks back as far as it remembers and drops what it knows: a crash or
    a failover hands out transaction numbers a second time.
    """

    def __init__(self, stream: Stream, scope: Scope) -> None:
        self.stream = stream
        self.scope = scope
        self.repeats = 0
        self._session: Session | None = None
        self._history = History()
        self._cursor = Cursor(0)
        self._begin = Cursor(0)
        self._seen = Seen(0)
        self._last = NOWHERE
        self._pids: set[int] = set()
        self._standby = False
        self._places: Places = {}
        self._looking_back: _LookBack | None = None
        self.started = False

    @property
    def position(self) -> int:
        """The transaction number up to which everything was delivered, but for those still open."""
        return self._cursor.hi

    async def start(self, session: Session, backlog: int, since: datetime | None = None) -> list[asyncpg.Record]:
        """Stand at this moment; return the newest `backlog` rows before it (not older than `since`), oldest first."""
        self._session, self._history = session, await session.history()
        opening = await self._still_open(Cursor(0)) if (await self._header()).in_recovery else None
        async with session.snapshot():
            header = await self._header()
            floor = max(header.xmax - LOOKBACK_TRANSACTIONS, _OLDEST)
            if opening is not None:
                floor = min([floor, opening.hi, *opening.pending])
            known = await self._fetch(self.stream.seen, str(floor))
            rows = await self._fetch(self.stream.backlog, backlog, since) if backlog else []
        transactions = [int(row["tx"]) for row in known]
        self._seen = Seen(transactions[-1] + 1 if len(known) >= _SEEN_AT_START else floor)
        for tx, row in zip(transactions, known, strict=True):
            self._seen.add(tx, row["id"])
        if opening is None:
            self._cursor = Cursor(header.xmax, header.open)
        else:  # what completed between the look at the open transactions and the snapshot is old
            self._cursor = opening.after(opening.hi, opening.pending, set(transactions))
        self._begin = self._cursor
        self._last, self._pids, self._standby = header, {header.pid}, header.in_recovery
        self._places, self._looking_back = {}, None
        self.started = True
        return rows[::-1]

    async def attach(self, session: Session) -> Gap | None:
        """Go on over a new connection. A gap: it leads to another cluster, and only `start` makes sense."""
        self._session = session
        self._pids.clear()
        if (await session.history()).another_cluster(self._history):
            after = (await self._header()).xmax
            return Gap(self.position, after, "this is another server; what it held before is not shown")
        return None

    async def older(self, since: datetime, after: UUID) -> list[asyncpg.Record]:
        """One page of the rows from `since` on that were there at the start, oldest first; [] at the end.

        Rows are told apart by their transaction, so no snapshot has to be held open while a slow reader takes them.
        """
        rows = await self._fetch(self.stream.since, since, after)
        while rows:
            begin = self._begin
            if old := [row for row in rows if (tx := int(row["tx"])) < begin.hi and tx not in begin.pending]:
                return old
            rows = await self._fetch(self.stream.since, rows[-1]["created_at"], rows[-1]["id"])
        return []

    async def poll(self) -> Page:
        """Read what is new; the rows count as delivered only after `accept()`."""
        page = await self._read()
        while not (page.header.joins(self._last) and page.header.pid in self._pids):
            # Another server process: the connection is new, or a pooler changed it under us. Nothing has moved yet.
            if not await self._still_the_same():
                page = await self._read()
            self._last = page.header
            self._pids.add(page.header.pid)
        self._last = page.header
        fresh = [row for row in page.rows if not self._seen.knows(row.tx, row.id)]
        page.repeats = len(page.rows) - len(fresh)
        page.rows = fresh
        if self._looking_back is not None:
            self._judge(page, self._looking_back)
        return page

    def accept(self, page: Page) -> None:
        """The page's rows have been handed over: never return them again."""
        for row in page.rows:
            self._seen.add(row.tx, row.id)
        self.repeats += page.repeats
        self._cursor, self._places = page.cursor, page.places
        self._seen.advance(monotonic(), self._cursor.hi, page.header.xmax)

    async def _still_the_same(self) -> bool:
        """Whether the server has been up all the time; if not, ask again for all that is remembered."""
        assert self._session is not None
        history, last = await self._session.history(), self._history
        self._history = history.or_else(last)
        if history.another_cluster(last):
            raise LostError("Connection lost", "the connection leads to another server now")
        if history.same_run(last):
            return True
        before = self._looking_back.before if self._looking_back else self._cursor.hi
        self._looking_back = _LookBack(before, history.another_timeline(last))
        self._cursor = self._cursor.lowered(self._seen.floor)
        self._pids.clear()
        if self._looking_back.other_timeline:
            self._places = {}
        return False

    def _judge(self, page: Page, back: _LookBack) -> None:
        """Does what is read now join what was read before the break? Where it does not, the page gets a gap."""
        header, floor = page.header, self._seen.floor
        back.found |= page.repeats > 0
        if header.xmax < floor and header.in_recovery:
            # A standby that lags. What it has yet to replay below the floor was delivered: ask for the rest.
            reason = "this standby lags further behind than the tail looks back"
            page.gap = Gap(back.before, floor, reason)
        elif header.xmax < floor:
            self._seen, page.places = Seen(header.xmax), {}
            page.cursor = Cursor(header.xmax, header.open)
            reason = "the server's history was cut further back than the tail looks"
            page.gap = Gap(back.before, header.xmax, reason)
        elif not page.more and back.other_timeline and not back.found:
            reason = "after a failover nothing that was read before it was found again"
            page.gap = Gap(back.before, header.xmax, reason)
        if page.gap or not page.more:
            self._looking_back = None

    async def _read(self) -> Page:
        """One poll, arranged: rows in order, and the cursor that follows."""
        while True:
            cursor = self._cursor
            opening = await self._still_open(cursor) if self._standby else None
            answer = await self._fetch(self.stream.poll, str(cursor.hi), [str(tx) for tx in sorted(cursor.pending)])
            header = Header.parse(next(row["header"] for row in answer if row["header"] is not None))
            self._standby = header.in_recovery
            if not header.in_recovery:
                opening = Cursor(header.xmax, header.open)
            if opening is not None:  # else: it has become a standby, whose open transactions must be asked for first
                break
        arranged = arrange([row for row in answer if row["header"] is None], header, cursor, opening, self._places)
        return arranged if isinstance(arranged, Page) else await self._read_large(arranged)

    async def _read_large(self, large: Large) -> Page:
        """One page of a transaction that is longer than a page of the poll."""
        return large.page(await self._fetch(self.stream.transaction, str(large.tx), large.after))

    async def _header(self) -> Header:
        assert self._session is not None
        return Header.parse((await self._session.fetch("server/tail_header"))[0]["header"])

    async def _still_open(self, cursor: Cursor) -> Cursor:
        """On a standby: the transactions from the cursor on that are open now."""
        assert self._session is not None
        pending = [str(tx) for tx in cursor.pending]
        (row,) = await self._session.fetch("server/tail_open", str(cursor.hi), pending)
        return Cursor(int(row["hi"]), frozenset(map(int, row["pending"])))

    async def _fetch(self, name: str, *arguments: Any) -> list[asyncpg.Record]:
        assert self._session is not None
        return await self._session.fetch(name, *arguments, *self.scope.arguments, where=self.scope.where)
