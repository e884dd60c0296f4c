"""The tail's own connection, and how a statement is run on it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from gbtui.database.connection import HARDEN, Connection, connect, translate
from gbtui.database.sql import statement
from gbtui.domain.tail.bookmark import Place
from gbtui.domain.tail.history import History
from gbtui.errors import DeniedError, LostError

if TYPE_CHECKING:
    from gbtui.database.database import Database

DEADLINE: Final = (
    10.0  # seconds the client waits; the server's own deadline (5 s) comes first unless the network is gone
)
_BROKEN: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


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
                await self._connection.execute(HARDEN)
                return await self._connection.fetch(text, *arguments, timeout=DEADLINE)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Let all statements inside see one moment."""
        with self._told():
            async with self._connection.transaction(isolation="repeatable_read", readonly=True):
                if self._pooled:
                    await self._connection.execute(HARDEN)
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

    async def place(self, table: str) -> Place:
        """Where the stream in `table` lives."""
        (row,) = await self.fetch("server/tail_table", table)
        return Place(await self.history(), row["database"], table, row["table_oid"], frozenset(row["part_oids"]))

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
