"""The server that is watched: statements by name, deadlines, retries, facts; it finds its way back by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Final, Self, TypeVar

import asyncpg

from gbtui.config.capacity import Capacity
from gbtui.database import facts as server_facts
from gbtui.database.connection import DRIVER_ERRORS, HARDEN, SLACK_SECONDS, Connection, connect
from gbtui.database.dsn import target as target_of
from gbtui.database.facts import ServerFacts
from gbtui.database.nodes import Nodes
from gbtui.database.pgbouncer import Bouncer
from gbtui.database.pool import Pool
from gbtui.database.retry import backoff, transient
from gbtui.database.rows import rows
from gbtui.database.sql import Statement
from gbtui.database.sql import statement as by_name
from gbtui.database.target import Target
from gbtui.database.translate import translate
from gbtui.errors import (
    ConnectError,
    DeniedError,
    GbtuiError,
    LockedError,
    LostError,
    NoFreeSlotError,
    StartingUpError,
)
from gbtui.redact import redact as masked
from gbtui.redact import redacted
from gbtui.text import clean

R = TypeVar("R")

_RETRY_SECONDS: Final = 2.0
_STATEMENT_SECONDS: Final = 5.0
_NAMED: Final = 3
"""Tables and processes that one sentence names at most."""
# What start-up parameters cannot do (behind a pooler, or for one moment of reading), one round trip.
_LOCAL: Final = (
    f"{HARDEN}; SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '5s'; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL jit = off"
)
_BEGIN: Final = {
    False: f"BEGIN READ ONLY; {_LOCAL}",
    True: f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_LOCAL}",
}
_SET_DEADLINE: Final = "SELECT pg_catalog.set_config('statement_timeout', $1, true)"
_USUAL_PATH: Final = '"$user", public'
_SET_PATH: Final = "SELECT pg_catalog.set_config('search_path', $1, true)"


class Database:
    """One server, read by everybody through `fetch()` and `rows()`; written only through `writing()`.

    `statement_timeout` is in seconds. `rescue` is tried when the server has no free slot (a superuser's or a
    reserved way in). `redact` masks addresses and numbers of people in every record. `pooled` True says that a
    transaction-mode pooler is in between; it is noticed by itself in most cases.
    """

    def __init__(
        self,
        target: Target | str,
        *,
        pool_size: int = 10,
        read_only: bool = True,
        statement_timeout: float = 5.0,
        rescue: Target | None = None,
        pooled: bool = False,
        redact: bool = False,
        pgbouncer: Target | None = None,
        capacity: Capacity | None = None,
        nodes: Nodes | None = None,
    ) -> None:
        self.target = target_of(target) if isinstance(target, str) else target
        self.read_only = read_only
        self.redact = redact
        self._statement_timeout = statement_timeout
        self._rescue = rescue
        self._pooled = pooled
        self._pool = Pool(self._connect, size=pool_size)
        self._facts: ServerFacts | None = None
        self._stale = False
        self._role_path: str | None = None
        self.bouncer = Bouncer(pgbouncer) if pgbouncer else None
        """The console of the pgbouncer in front of it, where the profile names one."""
        self.capacity = capacity or Capacity()
        """What the profile says of its disks."""
        self.nodes = nodes or Nodes()
        """What the profile says of other servers of the same cluster."""
        self.rescued = False
        """Whether a connection had to be opened by the rescue target."""

    @property
    def facts(self) -> ServerFacts:
        """What the server was when last asked. Only after `open()`."""
        if self._facts is None:
            raise RuntimeError("Database.open() has not been called")
        return self._facts

    @property
    def known_facts(self) -> ServerFacts | None:
        """The same, None before `open()`."""
        return self._facts

    @property
    def open_connections(self) -> int:
        """How many connections this console holds now."""
        return self._pool.open_count

    @property
    def pooled(self) -> bool:
        """Whether a transaction-mode pooler is in between, as far as is known."""
        return self._pooled

    @property
    def pool_size(self) -> int:
        """How many it may hold."""
        return self._pool.size

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self, waiting: Callable[[ConnectError], None] | None = None) -> None:
        """Open the connection that is held, and read the facts. Raises the ConnectError tree.

        With `waiting`, a server that has no free slot or is starting is asked again every 2 s until it
        answers, and each refusal is told to `waiting`.
        """
        while True:
            try:
                await self.refresh_facts()
            except (NoFreeSlotError, StartingUpError) as exc:
                if waiting is None:
                    raise
                waiting(exc)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def close(self) -> None:
        """Close all connections."""
        if self.bouncer is not None:
            self.bouncer.close()
        await self._pool.close()

    async def fetch(
        self, statement: str | Statement, *args: object, timeout: float | None = None
    ) -> list[asyncpg.Record]:
        """The rows of a read-only statement, given by name or as a Statement.

        `timeout` (seconds) replaces the usual statement deadline. What may succeed at a second try is
        tried again; otherwise raises the QueryError or ConnectError tree.
        """
        wanted = by_name(statement) if isinstance(statement, str) else statement
        waits = backoff(tries=2)
        while True:
            try:
                return await self._fetch_once(wanted, args, timeout)
            except LockedError as exc:
                raise await self.named(exc) from exc.__cause__
            except GbtuiError as exc:
                # A full or starting server is the caller's to wait for: it knows how urgent it is.
                if isinstance(exc, ConnectError) or not transient(exc):
                    raise
                wait = next(waits, None)
                if wait is None:
                    raise
                await asyncio.sleep(wait)

    async def rows(
        self, record_cls: type[R], statement: str | Statement, *args: object, timeout: float | None = None
    ) -> list[R]:
        """As `fetch()`, each row a frozen record with its text cleaned."""
        return rows(record_cls, await self.fetch(statement, *args, timeout=timeout), redact=self.redact)

    def shown(self, record: R) -> R:
        """A record that was not made by `rows()`, as it may be shown: masked, if that is asked for."""
        return redacted(record) if self.redact else record

    def shown_text(self, text: str) -> str:
        """The same for a text alone."""
        return masked(text) if self.redact else text

    async def named(self, error: LockedError) -> LockedError:
        """The same, with the tables that are locked away now and whose lock it is: the server does not say."""
        try:
            found = await self._fetch_once(by_name("server/locked_away"), (_NAMED,), None)
        except GbtuiError:
            return error
        if not found:
            return error
        tables = ", ".join(clean(row["name"]) for row in found)
        pids = sorted({pid for row in found for pid in row["pids"] or ()})
        whose = f" by pid {', '.join(map(str, pids[:_NAMED]))}" if pids else ""
        return LockedError(error.title, f"{tables}{whose}: {error.message}", error.hint)

    async def refresh_facts(self) -> None:
        """Ask the server again what it is."""
        async with self._borrowed() as connection:
            self._facts, pid = await server_facts.read(connection, pooled=self._pooled)
            self._stale = False
            if self._pooled or pid == connection.get_server_pid():
                return
        # Another process answers than the one that greeted us: a pooler that passed our settings on.
        self._pooled = True
        self._pool.distrust()
        await self.refresh_facts()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the console's few connections, for one that is opened elsewhere and held for long.

        The last one is not given away: without it nothing else could be asked.
        """
        if self._pool.size < 2:
            yield
            return
        async with self._pool.slot():
            yield

    @asynccontextmanager
    async def snapshot(self, *, as_role: bool = False) -> AsyncIterator[Connection]:
        """A connection inside BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY: all its reads see one moment.

        `as_role`: under the role's own search_path, for statements that no function or operator there can take over.
        """
        path = await self._path_of_role() if as_role and not self._pooled else None
        async with self._borrowed(repeatable=True) as connection:
            if path is not None:
                await connection.fetchval(_SET_PATH, path)
            elif as_role:
                await connection.execute("SET LOCAL search_path TO DEFAULT")
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A connection of its own that may write; DeniedError on a read-only database or a standby.

        No transaction is open: the caller begins one, and translates nothing: errors come out as ours.
        """
        if self.read_only:
            raise DeniedError(
                "Read-only", "this console does not write here", "read_only = false in the profile allows it"
            )
        if self._facts is not None and self._facts.in_recovery:
            raise DeniedError("Read-only", "the server is a standby")
        async with self._pool.slot():
            connection = await connect(
                self.target, purpose="write", statement_timeout=self._statement_timeout, pooled=self._pooled
            )
            try:
                with self._told():
                    yield connection
            finally:
                self._pool.discard(connection)

    async def _path_of_role(self) -> str:
        """What search_path would be without ours: only a connection that does not set it can tell. Asked once.

        On a server without a free slot it is taken to be PostgreSQL's default, until there is one.
        """
        if self._role_path is None:
            try:
                with self._told():
                    self._role_path = await self._ask_path()
            except NoFreeSlotError:
                return _USUAL_PATH
        return self._role_path

    async def _ask_path(self) -> str:
        connection = await connect(self.target, purpose="inspect", statement_timeout=self._statement_timeout)
        try:
            return str(await connection.fetchval("SHOW search_path"))
        finally:
            self._pool.discard(connection)

    # --- one borrowed connection ----------------------------------------------------------------------

    async def _fetch_once(
        self, wanted: Statement, args: tuple[object, ...], timeout: float | None
    ) -> list[asyncpg.Record]:
        deadline = timeout or self._statement_timeout
        async with self._borrowed(privilege=wanted.privilege, timeout=deadline) as connection:
            records = await connection.fetch(wanted.text, *args, timeout=deadline + SLACK_SECONDS)
            self._notice_role(connection)
        if self._stale:
            await self.refresh_facts()
        return records

    @asynccontextmanager
    async def _borrowed(
        self, *, repeatable: bool = False, privilege: str = "", timeout: float | None = None
    ) -> AsyncIterator[Connection]:
        """A pooled connection; inside a transaction where the session itself cannot carry our settings."""
        deadline = timeout or self._statement_timeout
        longer = deadline > self._statement_timeout
        with self._told(privilege):
            async with self._pool.connection() as connection:
                if not (self._pooled or repeatable or longer):
                    yield connection
                    return
                await connection.execute(_BEGIN[repeatable])
                if deadline != _STATEMENT_SECONDS:
                    await connection.fetchval(_SET_DEADLINE, f"{round(deadline * 1000)}ms")
                try:
                    yield connection
                except asyncpg.PostgresError:
                    await connection.execute("ROLLBACK")  # the connection is well: keep it
                    raise
                await connection.execute("ROLLBACK")

    @contextmanager
    def _told(self, privilege: str = "") -> Iterator[None]:
        """Turn what the driver raises into our errors; after a loss, trust no connection and no fact."""
        try:
            yield
        except DRIVER_ERRORS as exc:
            role = self._facts.user if self._facts else self.target.user
            error = translate(exc, role=role, privilege=privilege)
            if isinstance(error, LostError):
                self._pool.distrust()
                self._stale = True
            raise error from exc

    def _notice_role(self, connection: Connection) -> None:
        """A promoted standby says so on every open connection (PostgreSQL 14 and later)."""
        standby = getattr(connection.get_settings(), "in_hot_standby", None)
        if standby is not None and self._facts and (standby == "on") != self._facts.in_recovery:
            self._stale = True

    # --- connecting -----------------------------------------------------------------------------------

    async def _connect(self) -> Connection:
        try:
            return await self._connect_to(self.target)
        except NoFreeSlotError:
            if self._rescue is None:
                raise
            connection = await self._connect_to(self._rescue)
            self.rescued = True
            return connection

    async def _connect_to(self, target: Target) -> Connection:
        if not self._pooled:
            try:
                connection = await connect(target, statement_timeout=self._statement_timeout)
            except ConnectError as exc:
                if "unsupported startup parameter" not in exc.message:  # pgbouncer's words
                    raise
            else:
                if _took_our_settings(connection):
                    return connection
                self._pool.discard(connection)
            self._pooled = True
        return await connect(target, statement_timeout=self._statement_timeout, pooled=True)


def _took_our_settings(connection: Connection) -> bool:
    """Whether the session is read-only as asked; a pooler may drop start-up parameters without a word."""
    return getattr(connection.get_settings(), "default_transaction_read_only", "on") == "on"
