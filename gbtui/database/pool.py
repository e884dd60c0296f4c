"""A small pool: opened when needed, closed when idle, one connection always held.

asyncpg's own pool resets each connection at each release, one more round trip a probe, and gives the
held connection up to recycle it, which on a server without a free slot would shut us out.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbtui.errors import ConnectError, NoFreeSlotError

if TYPE_CHECKING:
    from gbtui.database.connection import Connection

IDLE_SECONDS: Final = 60.0
LIFETIME_SECONDS: Final = 1800.0
PATIENCE_SECONDS: Final = 0.15
"""So long one of ours is waited for before another is opened: a server's slots are scarcer than this time."""
_CLOSING_SECONDS: Final = 2.0


@dataclass(slots=True, eq=False)
class _Held:
    connection: "Connection"
    opened_at: float
    returned_at: float


class Pool:
    """Connections to one server, at most `size`; the most recently used is taken first.

    `clock` gives seconds (monotonic); tests turn it themselves and call `reap()`.
    """

    def __init__(
        self,
        opener: "Callable[[], Awaitable[Connection]]",
        *,
        size: int = 10,
        idle: float = IDLE_SECONDS,
        lifetime: float = LIFETIME_SECONDS,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opener = opener
        self._size = size
        self._idle_seconds = idle
        self._lifetime = lifetime
        self._patience = patience
        self._clock = clock
        self._permits = asyncio.Semaphore(size)
        self._returned = asyncio.Event()
        self._idle: list[_Held] = []  # the end was used last
        self._used: set[_Held] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._epoch = 0

    @property
    def size(self) -> int:
        """Connections at most."""
        return self._size

    @property
    def open_count(self) -> int:
        """Connections that are open now, idle and in use."""
        return len(self._idle) + len(self._used)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One of the pool's places without a connection: for a connection opened elsewhere."""
        async with self._permits:
            yield

    @asynccontextmanager
    async def connection(self) -> "AsyncIterator[Connection]":
        """Borrow a connection. One that comes back broken, silent or inside a transaction is closed."""
        async with self._permits:
            held = await self._take()
            epoch = self._epoch
            self._used.add(held)
            answered = True
            try:
                yield held.connection
            except TimeoutError:
                answered = False
                raise
            finally:
                self._used.discard(held)
                self._give_back(held, usable=answered and epoch == self._epoch)

    def distrust(self) -> None:
        """Close what is idle, and what is in use as soon as it comes back: the server went away."""
        self._epoch += 1
        while self._idle:
            self.discard(self._idle.pop().connection)

    def discard(self, connection: "Connection") -> None:
        """Close a connection in the background: politely for a moment, then at once."""
        if connection.is_closed():
            return
        task = asyncio.get_running_loop().create_task(_close(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def reap(self) -> None:
        """Close what has been idle too long or lived too long; the one used last always stays."""
        now = self._clock()
        self._idle = [held for held in self._idle if not held.connection.is_closed()]
        for held in self._idle[:-1]:
            if now - held.returned_at >= self._idle_seconds or now - held.opened_at >= self._lifetime:
                self._idle.remove(held)
                self.discard(held.connection)
        self._arm()

    async def close(self) -> None:
        """Close everything; connections still in use are closed when they come back."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self.distrust()
        if self._closing:
            await asyncio.gather(*self._closing)

    async def _take(self) -> _Held:
        until = asyncio.get_running_loop().time() + self._patience
        # Also where another lies idle: only what is not needed for long is closed in the end.
        await self._one_returns(until)
        while True:
            while self._idle:
                held = self._idle.pop()
                if not held.connection.is_closed():
                    return await self._renewed(held)
            if await self._one_returns(until):
                continue
            try:
                return await self._open()
            except NoFreeSlotError:
                if not self._used and not self._idle:
                    raise
            # The server gives us no more than we have: wait for one of ours.
            if not self._idle:
                self._returned.clear()
                await self._returned.wait()

    async def _one_returns(self, until: float) -> bool:
        """Wait for one that is in use, until a moment of the loop's clock; False: none came, or none is in use."""
        if not self._used:
            return False
        self._returned.clear()
        try:
            async with asyncio.timeout_at(until):
                await self._returned.wait()
        except TimeoutError:
            return False
        return True

    async def _open(self) -> _Held:
        connection = await self._opener()
        now = self._clock()
        return _Held(connection, now, now)

    async def _renewed(self, held: _Held) -> _Held:
        """A connection that lived too long gives way to a fresh one, if the server grants one."""
        if self._clock() - held.opened_at < self._lifetime:
            return held
        try:
            fresh = await self._open()
        except ConnectError:
            held.opened_at = self._clock() - self._lifetime + self._idle_seconds  # ask again in a while
            return held
        self.discard(held.connection)
        return fresh

    def _give_back(self, held: _Held, *, usable: bool) -> None:
        connection = held.connection
        if not usable or connection.is_closed() or connection.is_in_transaction():
            self.discard(connection)
        else:
            held.returned_at = self._clock()
            self._idle.append(held)
            self._arm()
        self._returned.set()

    def _arm(self) -> None:
        """Look again later while there is more than the held connection."""
        if len(self._idle) > 1 and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._idle_seconds / 4, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.reap()


async def _close(connection: "Connection") -> None:
    try:
        await connection.close(timeout=_CLOSING_SECONDS)
    except (TimeoutError, OSError):
        connection.terminate()
