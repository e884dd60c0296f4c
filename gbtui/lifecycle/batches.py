"""Much work on many rows in small transactions, so that nobody waits for it: for jobs that delete or change rows.

Each batch is a transaction of its own that waits 100 ms for a lock at most, and is tried again later when it did not
get it. It is as large as 50 ms allow, learned from those before. Between two batches is a pause as long as the batch;
a longer one while somebody queues for the tables, or a standby is far behind.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import asyncpg

from gbtui.database.connection import HARDEN, Connection
from gbtui.database.sql import statement
from gbtui.domain.relations import sql
from gbtui.domain.relations.catalog import ForeignKey, Table
from gbtui.errors import LockedError
from gbtui.text import size as sized

Work = Callable[[Connection], Awaitable[int]]
"""Does one batch, of at most `Batches.size` rows, and says of how many."""
Tell = Callable[[str], None]

LOCK_MS: Final = 100
"""A batch waits no longer for a lock; whoever waits for a batch waits for its 50 ms and perhaps this."""
TARGET_SECONDS: Final = 0.05
SMALLEST, LARGEST, FIRST = 1, 2_000, 200
FEWEST: Final = 200
"""A slow commit makes no batch smaller than this, only a lock that was not got does."""
LAG_BYTES: Final = 64 << 20
"""A standby that is further behind is waited for."""
PATIENCE: Final = 120.0
"""Seconds for which one batch is tried for."""
_LOOK_SECONDS: Final = 0.25
_LONGEST_PAUSE: Final = 2.0
# An index or nothing: behind many deleted rows a scan of the table is the planner's choice, and reads them all again.
_LOCAL: Final = (
    f"{HARDEN}; SET LOCAL lock_timeout = '{LOCK_MS}ms'; SET LOCAL statement_timeout = '5s'; "
    "SET LOCAL enable_seqscan = off; SET LOCAL jit = off"
)
_AGAIN: Final = (
    asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError,
    asyncpg.QueryCanceledError,
)  # fmt: skip

Key = Sequence[str | None]


class Count(Protocol):
    """Keeps account of rows, batch by batch."""

    async def within(self, connection: Connection, rows: int) -> None:
        """In the transaction of a batch, which may be undone yet."""

    def kept(self, rows: int) -> None:
        """The transaction is committed."""


class Stopped(Exception):
    """Somebody asked for an end; the batch before is committed, and nothing is half done."""


class Batches:
    """Runs batches over a connection that may write, on tables by oid, until `stop` is set."""

    def __init__(
        self, connection: Connection, tables: Sequence[int], *, stop: asyncio.Event | None = None,
        tell: Tell = lambda _: None, lag_bytes: int = LAG_BYTES, patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._tables = list(tables)
        self._stop = stop or asyncio.Event()
        self._tell = tell
        self._lag_bytes = lag_bytes
        self._patience = patience
        self._rest = 0.0
        self._looked = -_LOOK_SECONDS
        self.size = FIRST
        """Rows that the next batch should take."""

    async def run(self, work: Work) -> int:
        """Do one batch in a transaction, when nobody is in its way.

        Tried again, it may be smaller: so `work` looks at `size` each time. Raises Stopped, LockedError after long
        patience, and what the driver raises for everything else.
        """
        began_trying, pause = time.monotonic(), 0.05
        while True:
            await self._give_way()
            began = time.monotonic()
            try:
                async with self._connection.transaction(isolation="read_committed"):
                    await self._connection.execute(_LOCAL)
                    rows = await work(self._connection)
            except _AGAIN as error:
                self.size = max(SMALLEST, self.size // 2)
                if time.monotonic() + pause > began_trying + self._patience:
                    raise LockedError(
                        "The rows are never free",
                        f"tried for {self._patience:.0f} s: {error}",
                        "somebody holds them; what is done stays done, go on later",
                    ) from error
                self._tell("somebody holds rows of it: trying again")
                # Jitter keeps two that met from meeting again.
                await self._wait(random.uniform(0.5, 1.0) * pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._learn(time.monotonic() - began, rows)
                return rows

    def _learn(self, seconds: float, rows: int) -> None:
        """Half and double: most of a short batch is the commit, which takes as long however many rows there are."""
        self._rest = seconds
        if rows and seconds > TARGET_SECONDS:
            self.size = max(min(self.size, FEWEST), min(self.size, rows) // 2)
        elif rows >= self.size and seconds < TARGET_SECONDS / 2:
            self.size = min(LARGEST, self.size * 2)

    async def _give_way(self) -> None:
        """Rest as long as the last batch took; and on, while there is a queue or a standby is far behind."""
        rest, self._rest = self._rest, 0.0
        await self._wait(rest)
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        pause = 0.05
        while why := await self._pressure():
            self._tell(why)
            await self._wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        self._looked = time.monotonic()

    async def _pressure(self) -> str:
        found = await self._connection.fetchrow(statement("lifecycle/pressure").text, self._tables)
        assert found is not None
        if found["waiting"]:
            return f"{found['waiting']} in a queue for these tables: waiting until they are through"
        if (found["behind_bytes"] or 0) > self._lag_bytes:
            return f"a standby is {sized(found['behind_bytes'])} behind: waiting for it"
        return ""

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), max(seconds, 0.001))
        except TimeoutError:
            return
        raise Stopped


async def delete_keys(batches: Batches, table: Table, keys: Sequence[Key], count: Count) -> int:
    """Delete the rows of a table that these keys (as text) name, in batches; how many were there."""
    return await _by_keys(batches, sql.delete(table).text, keys, count)


async def detach_keys(batches: Batches, table: Table, key: ForeignKey, keys: Sequence[Key], count: Count) -> int:
    """Do to the rows that these keys name what the foreign key would: set its columns to null or to their default."""
    return await _by_keys(batches, sql.detach(table, key).text, keys, count)


async def _by_keys(batches: Batches, text: str, keys: Sequence[Key], count: Count) -> int:
    at = done = 0

    async def work(connection: Connection) -> int:
        part = keys[at : at + batches.size]
        status = await connection.execute(text, *sql.arguments(part))
        rows = int(status.rsplit(" ", 1)[-1])
        if rows:
            await count.within(connection, rows)
        taken.append((len(part), rows))
        return len(part)

    taken: list[tuple[int, int]] = []
    while at < len(keys):
        await batches.run(work)
        length, rows = taken[-1]
        at, done = at + length, done + rows
        count.kept(rows)
    return done
