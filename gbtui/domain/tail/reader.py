"""The exactly-once reader: one poll at a time, over however many connections it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg

from gbtui.domain.scope import Scope
from gbtui.domain.tail.bookmark import Bookmark, Key, Place
from gbtui.domain.tail.cursor import NOWHERE, Cursor, Header
from gbtui.domain.tail.events import Gap
from gbtui.domain.tail.history import History
from gbtui.domain.tail.page import Large, Page, Places, arrange
from gbtui.domain.tail.seen import LOOKBACK_TRANSACTIONS, Seen
from gbtui.domain.tail.session import Session
from gbtui.errors import LostError, UsageError

if TYPE_CHECKING:
    from gbtui.domain.tail.stream import Stream

_OLDEST: Final = 4  # the first number the partial index holds: 3 stands for "before the tail existed"
_SEEN_AT_START: Final = 50_000  # the LIMIT of the statement that reads what a new tail has to know as old
_KEPT: Final = 4_000  # delivered rows that a bookmark names: seconds under full load, hours on a quiet server


@dataclass(slots=True)
class _LookBack:
    """History is being read again after a break: what was known before it, and whether any of it was found."""

    before: int
    other_timeline: bool
    doubtful: bool  # only rows found again prove that this is the history that was read
    history: History  # the one before the break
    found: bool = False


class Reader:
    """Reads a stream exactly once, in the order of transactions.

    `poll()` returns a page and moves nothing; `accept()` moves the cursor behind it. A page that was never accepted
    (the connection broke, the program was stopped) is simply read again. After `attach()`, and whenever the server
    turns out to be another process, the reader looks back as far as it remembers and drops what it knows: a crash or
    a failover hands out transaction numbers a second time.
    """

    def __init__(self, stream: "Stream[Any]", scope: Scope) -> None:
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
        self._place: Place | None = None
        self._resumed = False
        self.started = False

    @property
    def guarantee(self) -> str:
        """Nothing less than every message exactly once."""
        return ""

    @property
    def position(self) -> int:
        """The transaction number up to which everything was delivered, but for those still open."""
        return self._cursor.hi

    async def start(self, session: Session, backlog: int, since: datetime | None = None) -> list[asyncpg.Record]:
        """Stand at this moment; return the newest `backlog` rows before it (not older than `since`), oldest first."""
        self._session, place = session, await session.place(self.stream.table)
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
        # Last of all: a start that failed half way must not make another cluster look like the one that was read.
        self._place, self._history, self._resumed = place, place.history, False
        self.started = True
        return rows[::-1]

    async def resume(self, session: Session, bookmark: Bookmark) -> None:
        """Stand where another tail of this stream and scope was stopped; UsageError where the bookmark means nothing.

        As long as the server has been up since, that is exact, however long ago it was: what its transactions wrote
        is asked for by their numbers. Else the rows named in the bookmark have to be found again.
        """
        place = await session.place(self.stream.table)
        if why := place.refuses(bookmark.place):
            raise UsageError("The cursor cannot be used here", why)
        self._session, self._place, self._history = session, place, bookmark.place.history
        self._cursor, self._begin, self._places = bookmark.cursor, bookmark.begin, dict(bookmark.places)
        self._seen = Seen(bookmark.floor)
        for tx, key in bookmark.seen:
            self._seen.add(tx, key)
        self._last, self._resumed, self._looking_back = NOWHERE, True, None
        self._pids.clear()
        self.started = True

    def bookmark(self) -> Bookmark:
        """Where this reader stands, for another one to resume from."""
        assert self._place is not None
        # In the middle of a look back another one has to begin: with all that is known, from before the break.
        back = self._looking_back
        floor, seen = self._seen.newest(_KEPT if back is None else len(self._seen))
        place = replace(self._place, history=self._history if back is None else back.history)
        return Bookmark(place, self._cursor, self._begin, dict(self._places), floor, seen)

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
            if old := [row for row in rows if self._was_there(int(row["tx"]), row["id"])]:
                return old
            rows = await self._fetch(self.stream.since, rows[-1]["created_at"], rows[-1]["id"])
        return []

    def _was_there(self, tx: int, row: UUID) -> bool:
        """Whether a row was there at the start; a number above the floor may have been handed out again since."""
        old = tx < self._begin.hi and tx not in self._begin.pending
        return old and (tx < self._seen.floor or self._seen.knows(tx, row))

    async def again(self, keys: Sequence[Key]) -> list[asyncpg.Record]:
        """The rows with these keys that are still there, in the order of the keys."""
        rows = await self._fetch(self.stream.again, [key.id for key in keys], [key.created_at for key in keys])
        found = {Key(row["created_at"], row["id"]): row for row in rows}
        return [found[key] for key in keys if key in found]

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
        resumed, self._resumed = self._resumed, False
        if history.same_run(last):
            return True
        back = self._looking_back
        before, known = (back.before, back.history) if back else (self._cursor.hi, last)
        doubtful = resumed or (back is not None and back.doubtful)
        self._looking_back = _LookBack(before, history.another_timeline(last), doubtful, known)
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
        elif not page.more and (back.other_timeline or back.doubtful) and not back.found:
            what = "a failover" if back.other_timeline else "a restart of the server"
            reason = f"after {what} nothing that was read before it was found again"
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
