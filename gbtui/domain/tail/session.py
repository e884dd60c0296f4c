"""The tail's own connection, and how a statement is run on it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from gbtui.database.connection import Connection, connect, translate
from gbtui.database.sql import statement
from gbtui.errors import DeniedError, LostError

if TYPE_CHECKING:
    from gbtui.database.database import Database

DEADLINE: Final = (
    10.0  # seconds the client waits; the server's own deadline (5 s) comes first unless the network is gone
)
_BROKEN: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class History:
    """Which history a server writes or replays, and which run of it this is.

    `timeline` changes with a failover; None on a standby, which does not tell, or where it may not be read.
    `run` and `processes` change when the server starts, also after a crash.
    """

    system_identifier: int | None = None
    timeline: int | None = None
    run: str = ""
    processes: frozenset[int] = frozenset()

    def another_cluster(self, last: "History") -> bool:
        """Whether this surely is not the cluster that `last` was."""
        known = self.system_identifier is not None and last.system_identifier is not None
        return known and self.system_identifier != last.system_identifier

    def another_timeline(self, last: "History") -> bool:
        """Whether a failover (or a restore to a point in time) surely lies between."""
        known = self.timeline is not None and last.timeline is not None
        return known and self.timeline != last.timeline

    def same_run(self, last: "History") -> bool:
        """Whether the server surely has been up since `last`: then no transaction number was handed out twice."""
        return self.run == last.run and not self.another_cluster(last) and bool(self.processes & last.processes)

    def or_else(self, last: "History") -> "History":
        """What is known now, else what was known before."""
        return replace(
            self,
            system_identifier=self.system_identifier or last.system_identifier,
            timeline=self.timeline or last.timeline,
        )


class Session:
    """One connection outside the pool: its plans stay, and a slow list never delays the tail.

    Behind a transaction-mode pooler each statement runs in a transaction of its own, without names. Every failure
    comes out as a GbtuiError.
    """

    def __init__(self, connection: Connection, *, pooled: bool, role: str = "") -> None:
        self._connection = connection
        self._pooled = pooled
        self._role = role

    @classmethod
    async def open(cls, database: "Database") -> "Session":
        """Connect to where `database` is connected to."""
        pooled, role = database.facts.pooled, database.facts.user
        session = cls(await connect(database.target, purpose="watch", pooled=pooled), pooled=pooled, role=role)
        if not pooled:
            await session.fetch("server/tail_settings")
        return session

    async def fetch(self, name: str, *arguments: Any, where: Sequence[str] = ()) -> list[asyncpg.Record]:
        """Run queries/NAME.sql."""
        text = statement(name, where=where).text
        with self._told():
            if not self._pooled:
                return await self._connection.fetch(text, *arguments, timeout=DEADLINE)
            async with self._connection.transaction(readonly=True):
                return await self._connection.fetch(text, *arguments, timeout=DEADLINE)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Let all statements inside see one moment."""
        with self._told():
            async with self._connection.transaction(isolation="repeatable_read", readonly=True):
                pooled, self._pooled = self._pooled, False
                try:
                    yield
                finally:
                    self._pooled = pooled

    async def history(self) -> "History":
        """Which history the server at the other end writes or replays."""
        try:
            (row,) = await self.fetch("server/tail_history")
        except DeniedError:
            return History()
        return History(row["system_identifier"], row["timeline"], row["run"], frozenset(row["processes"]))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn failures into ours. After what is not an answer of the server, the connection is of no more use."""
        try:
            yield
        except asyncpg.PostgresError as error:
            raise translate(error, role=self._role) from error
        except _BROKEN as error:
            self.terminate()
            raise LostError("Connection lost", str(error)) from error

    @property
    def closed(self) -> bool:
        """Whether the connection is known to be gone."""
        return self._connection.is_closed()

    def terminate(self) -> None:
        """Give the connection up at once."""
        self._connection.terminate()
