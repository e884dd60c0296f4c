"""The tail as the console sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic
from uuid import UUID

import asyncpg

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.tail.bookmark import Bookmark, Key, just_before
from gbtui.domain.tail.events import Batch, E, Figures, Message, Phase, State, StreamEvent
from gbtui.domain.tail.names import Names
from gbtui.domain.tail.pace import Ages, Pace, Rate
from gbtui.domain.tail.ring import Ring
from gbtui.domain.tail.session import Session
from gbtui.domain.tail.stream import MESSAGES, Stream
from gbtui.errors import ConnectError, DeniedError, GbtuiError, LockedError, LostError, UsageError

if TYPE_CHECKING:
    from gbtui.database.database import Database

_LATE: Final = timedelta(seconds=1)  # messages written together may come in any order: so much is not late
_LONGEST: Final = 5.0  # seconds between attempts to connect, at most
_SILENT: Final = 3.0  # seconds beyond the usual pause without an answer, from which on nothing is known of now
_MISSING: Final = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)
_BEFORE_ANY: Final = UUID(int=0)
_AGAIN: Final = 1_000  # rows left from an earlier run that are fetched at once

Connector = Callable[["Database"], Awaitable[Session]]


class Follower(Generic[E]):
    """Follows a stream: every row committed after the start, exactly once; one poll serves all listeners.

    Listeners are called in the event loop, in the order of their subscription, and must not block
    for long: while they do, nothing is polled and nothing is lost. `backlog` messages from before the start come
    first, or all from `since` on; or it goes on from the `bookmark` of an earlier tail of the same scope.

    `accepted` is called whenever what the listeners were handed counts as delivered, and once at the beginning: then
    `bookmark()` says where to go on from.
    """

    def __init__(
        self,
        database: "Database",
        stream: Stream[E],
        *,
        scope: Scope = EVERYONE,
        ring: int = 10_000,
        backlog: int = 200,
        since: datetime | None = None,
        bookmark: Bookmark | None = None,
        accepted: Callable[[], None] | None = None,
        connector: Connector = Session.open,
    ) -> None:
        self.scope = scope
        self.state = State(Phase.STOPPED)
        self._database = database
        self._stream = stream
        self._connector = connector
        self._backlog = backlog
        self._older = Key(since, _BEFORE_ANY) if since is not None else None
        self._bookmark = bookmark
        self._accepted = accepted
        self._again: tuple[Key, ...] = ()
        self._caught_up: datetime | None = None
        self._reader = stream.reader(stream, scope)
        self._names = Names(database)
        self._ring: Ring[E] = Ring(ring)
        self._pace, self._rate, self._ages = Pace(stream.busy, stream.idle), Rate(), Ages()
        self._newest: datetime | None = None
        self._polls = self._reconnects = 0
        self._heard: tuple[float, datetime] | None = None  # the last answered poll: monotonic seconds, and UTC
        self._listeners: dict[int, Callable[[StreamEvent[E]], None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow. Returns at once; the state tells the rest."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="tail")
            self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Stop following. `start` goes on from there, as far as the tail looks back."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._tell(State(Phase.STOPPED))

    def subscribe(self, listener: Callable[[StreamEvent[E]], None]) -> Callable[[], None]:
        """Tell `listener` the state, what the ring holds (as a backlog batch), and everything from now on.

        Returns the function that ends the subscription.
        """
        number = max(self._listeners, default=0) + 1
        self._listeners[number] = listener
        listener(self.state)
        if held := self._ring.messages:
            listener(Batch(held, backlog=True))
        return lambda: _drop(self._listeners, number)

    @property
    def messages(self) -> tuple[E, ...]:
        """What the ring holds, oldest first."""
        return self._ring.messages

    @property
    def let_go(self) -> int:
        """How many delivered messages the ring no longer holds."""
        return self._ring.let_go

    @property
    def query(self) -> str:
        """The name of the statement behind what is delivered."""
        return self._stream.poll

    @property
    def guarantee(self) -> str:
        """What is promised less than every message exactly once, as a sentence; "" where nothing is."""
        return self._reader.guarantee

    @property
    def position(self) -> int:
        """The transaction number up to which everything was delivered, but for transactions that are still open."""
        return self._reader.position

    @property
    def caught_up(self) -> datetime | None:
        """The server's time up to which all that was committed is delivered; None while more is waiting."""
        return self._caught_up

    def bookmark(self) -> Bookmark:
        """Where to go on from once everything handed over so far is delivered; only after `accepted` was called."""
        return replace(self._reader.bookmark(), older=self._older, again=self._again)

    @property
    def heard_at(self) -> datetime | None:
        """When the server last answered a poll (UTC): nothing that was written later is known. None: never."""
        return self._heard[1] if self._heard else None

    @property
    def live(self) -> bool:
        """Whether the server answers its polls now; one that hangs is noticed before the connection is given up."""
        if self._heard is None or self.state.phase is not Phase.FOLLOWING:
            return False
        return monotonic() - self._heard[0] <= self._pace.interval + _SILENT

    @property
    def messages_per_second(self) -> float | None:
        """Messages delivered a second, over the last ten seconds; None while nothing is known of now."""
        return self._rate.per_second(monotonic()) if self.live else None

    @property
    def figures(self) -> Figures:
        """Rate, ages and counters of the poll."""
        return Figures(
            rate=self.messages_per_second,
            age_p50=self._ages.percentile(0.5),
            age_p99=self._ages.percentile(0.99),
            round_trip=self._pace.round_trip,
            interval=self._pace.interval,
            delivered=self._ring.total,
            polls=self._polls,
            repeats=self._reader.repeats,
            reconnects=self._reconnects,
        )

    async def scrollback(self, before: E, limit: int = 200) -> tuple[E, ...]:
        """The messages before this one by time, oldest first: what the ring let go, and history behind it.

        By time, not by delivery: a message that was delivered late stands where its date puts it, so drop by id what
        is on the screen already. Raises the QueryError tree.
        """
        chosen = statement(self._stream.scrollback, where=self.scope.where)
        rows = await self._database.fetch(chosen, limit, before.created_at, before.id, *self.scope.arguments)
        await self._names.learn(rows)
        return tuple(self._stream.entry(row, self._names, False) for row in reversed(rows))

    async def _run(self) -> None:
        """Connect, follow, and connect again, until stopped."""
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            session: Session | None = None
            try:
                if not self._reader.started:
                    self._tell(State(Phase.CONNECTING))
                async with self._database.place():
                    session = await self._connector(self._database)
                    await self._join(session)
                    self._tell(State(Phase.FOLLOWING, self._reader.guarantee))
                    pause = 0.0
                    await self._follow(session)
            except GbtuiError as error:
                pause = min(max(0.05, pause * 2), _LONGEST)
                self._tell(_trouble(error, self._stream.table))
                self._reconnects += 1
            finally:
                if session is not None:
                    session.terminate()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A mistake of the program (a listener's, or ours) ended the tail: say so instead of standing still."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        self.state = State(Phase.FAILED, f"the tail broke: {type(error).__name__}")
        task.get_loop().call_exception_handler({"message": "the tail ended", "exception": error, "task": task})

    async def _join(self, session: Session) -> None:
        """Stand where following begins: at this moment the first time, at the old place later."""
        if not self._reader.started:
            await self._begin(session)
        elif (gap := await self._reader.attach(session)) is not None:
            await self._reader.start(session, 0)
            self._again = ()
            self._tell(gap)
            self._settle()
        while self._again:
            some = self._again[:_AGAIN]
            rows = await self._reader.again(some)
            await self._names.learn(rows)
            self._again = self._again[len(some) :]
            self._hand_over(rows, backlog=True)
            self._settle()
        while self._older is not None:
            rows = await self._reader.older(*self._older)
            await self._names.learn(rows)
            self._older = Key(rows[-1]["created_at"], rows[-1]["id"]) if rows else None
            self._hand_over(rows, backlog=True)
            self._settle()
            await asyncio.sleep(0)

    async def _begin(self, session: Session) -> None:
        """Stand at this moment, or where the bookmark says."""
        if self._bookmark is not None:
            await self._reader.resume(session, self._bookmark)
            self._older, self._again = self._bookmark.older, self._bookmark.again
        else:
            rows = await self._reader.start(session, 0 if self._older else self._backlog)
            if self._accepted is None:
                await self._deliver(rows, backlog=True)
            elif rows:  # with a bookmark the backlog is history like any other: read from here, however often stopped
                self._older = just_before(rows[0]["created_at"], rows[0]["id"])
        self._settle()

    def _settle(self) -> None:
        """What was handed over counts as delivered."""
        if self._accepted is not None:
            self._accepted()

    async def _follow(self, session: Session) -> None:
        """Poll until the connection is lost; what only delays (a lock, a deadline) is waited for here."""
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            try:
                pause = await self._poll()
            except (LostError, ConnectError):
                raise
            except GbtuiError as error:
                named = await self._database.named(error) if isinstance(error, LockedError) else error
                trouble = _trouble(named, self._stream.table)
                if session.closed or trouble.phase is Phase.FAILED:
                    raise
                self._tell(State(Phase.WAITING, trouble.detail))
                pause = min(max(0.2, pause * 2), _LONGEST)
            else:
                self._tell(State(Phase.FOLLOWING, self._reader.guarantee))

    async def _poll(self) -> float:
        """One poll, delivered; the seconds to wait before the next."""
        started, asked = monotonic(), datetime.now(UTC)
        page = await self._reader.poll()
        took = monotonic() - started
        self._polls += 1
        self._heard = started, asked
        records = [row.record for row in page.rows]
        await self._names.learn(records)
        # From here to accept() nothing is awaited: either both happen or neither.
        if page.gap is not None:
            self._tell(page.gap)
        for record in records:
            self._ages.add((page.header.clock - record["created_at"]).total_seconds())
        self._hand_over(records, backlog=False)
        self._reader.accept(page)
        self._caught_up = None if page.more else page.header.clock
        self._settle()
        self._rate.add(monotonic(), len(records))
        pause = self._pace.polled(took, len(records))
        return 0.0 if page.more else pause

    async def _deliver(self, records: Sequence[asyncpg.Record], *, backlog: bool) -> None:
        await self._names.learn(records)
        self._hand_over(records, backlog=backlog)

    def _hand_over(self, records: Sequence[asyncpg.Record], *, backlog: bool) -> None:
        if records:
            messages = tuple(self._stream.entry(r, self._names, self._is_late(r["created_at"])) for r in records)
            self._ring.extend(messages)
            self._tell(Batch(messages, backlog))

    def _is_late(self, at: datetime) -> bool:
        """Whether something clearly newer was delivered before; notes the newest."""
        if self._newest is None or at > self._newest:
            self._newest = at
        return at < self._newest - _LATE

    def _tell(self, event: StreamEvent[E]) -> None:
        """Pass an event on; a state only when it changes."""
        if isinstance(event, State):
            if event == self.state:
                return
            self.state = event
        for listener in tuple(self._listeners.values()):
            listener(event)


class Tail(Follower[Message]):
    """Follows message_history; another stream than gbtui's own for one of another make. One a console."""

    def __init__(
        self,
        database: "Database",
        stream: Stream[Message] = MESSAGES,
        *,
        scope: Scope = EVERYONE,
        ring: int = 10_000,
        backlog: int = 200,
        since: datetime | None = None,
        connector: Connector = Session.open,
    ) -> None:
        super().__init__(database, stream, scope=scope, ring=ring, backlog=backlog, since=since, connector=connector)


def _trouble(error: GbtuiError, table: str) -> State:
    """What an error means for the tail: wait, connect again, or that only somebody else can help."""
    cause = error.__cause__
    if isinstance(error, (DeniedError, UsageError)):
        return State(Phase.FAILED, str(error))
    if isinstance(cause, _MISSING):
        return State(Phase.FAILED, f"no {table} with the tail's column in this database")
    return State(Phase.RECONNECTING, str(error))


def _drop(listeners: dict[int, Callable[[StreamEvent[E]], None]], number: int) -> None:
    listeners.pop(number, None)
