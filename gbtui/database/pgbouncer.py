"""pgbouncer as its own console tells of it: who waits for a server connection, and what it has done so far."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

from gbtui.database.simple_query import Rows, SimpleQuery
from gbtui.database.target import Target
from gbtui.errors import ConnectError, GbtuiError
from gbtui.text import clean

R = TypeVar("R")

_SECONDS: Final = 3.0
_OWN: Final = "pgbouncer"
"""The database that stands for its console."""


@dataclass(frozen=True, slots=True)
class Pool:
    """One of pgbouncer's pools: the clients of one user in one database, and the server connections they share."""

    KEY: ClassVar = ("database", "user")

    database: str
    user: str
    cl_active: int
    """Clients with a server connection, or with nothing to ask."""
    cl_waiting: int
    """Clients that have asked and wait for a server connection."""
    sv_active: int
    """Server connections in use."""
    sv_idle: int
    """Server connections that can be given to a client at once."""
    sv_used: int
    """Server connections that were idle for long and are checked before use."""
    maxwait: float
    """Seconds that the first of those who wait has waited."""
    mode: str
    """"session", "transaction" or "statement"."""

    def __str__(self) -> str:
        waiting = f"{self.cl_waiting} waiting up to {self.maxwait:.0f} s" if self.cl_waiting else "nobody waiting"
        return (
            f"{self.database}/{self.user}: {self.cl_active} active, {waiting}, {self.sv_active + self.sv_idle} servers"
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """What pgbouncer has done for one database since it started; times in seconds."""

    database: str
    transactions: int
    queries: int
    received_bytes: int
    sent_bytes: int
    transaction_time: float
    """From the client's question on, so with the wait for a server connection (1.18)."""
    query_time: float
    wait_time: float
    """Spent by clients waiting for a server connection."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client of pgbouncer."""

    KEY: ClassVar = ("database", "user", "client", "connected", "application")

    database: str
    user: str
    application: str
    client: str
    """Its address and port, or "unix" for a socket."""
    state: str
    """"active", "idle" (1.24 and later), "waiting"."""
    wait_age: float
    """Seconds it has waited for a server connection; 0 while it does not wait."""
    connected: str
    """When it came, by pgbouncer's clock."""
    asked: str
    """When it last asked for something."""
    tls: str


class Bouncer:
    """Asks pgbouncer's console, over one connection that is kept; opened anew when it breaks."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.left_out = 0
        """Rows of the last answer that were too many to keep."""
        self._connection: SimpleQuery | None = None
        self._turn = asyncio.Lock()

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def pools(self) -> list[Pool]:
        """SHOW POOLS, the console's own pool left out; the ConnectError tree where it cannot be asked."""
        return await self._asked("SHOW POOLS", _pool)

    async def totals(self) -> list[Totals]:
        """SHOW STATS_TOTALS."""
        return await self._asked("SHOW STATS_TOTALS", _totals)

    async def clients(self) -> list[Client]:
        """SHOW CLIENTS."""
        return await self._asked("SHOW CLIENTS", _client)

    async def _asked(self, statement: str, made: Callable[[Mapping[str, str]], R]) -> list[R]:
        host = self.target.hosts[0]
        try:
            async with asyncio.timeout(_SECONDS), self._turn:
                found = await self._rows(statement)
                return [made(row) for row in found if row["database"] != _OWN]
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as exc:
            raise ConnectError("Cannot ask pgbouncer", f"{host}: {exc or 'no answer'}") from None
        except (ValueError, LookupError):
            self.close()
            said = f"{host}: what answers there does not speak as pgbouncer"
            raise ConnectError("Cannot ask pgbouncer", said) from None

    async def _rows(self, statement: str) -> Rows:
        """What is kept is used if it still answers; else a new connection is asked."""
        if self._connection is not None:
            try:
                return await self._answer(self._connection, statement)
            except (ConnectionError, EOFError):  # it went away since, as after a restart
                pass
        return await self._answer(await SimpleQuery.connect(self.target), statement)

    async def _answer(self, connection: SimpleQuery, statement: str) -> Rows:
        self._connection = connection
        try:
            found = await connection.ask(statement)
        except BaseException:  # half an answer is in the way: also after a cancellation
            self.close()
            raise
        self.left_out = connection.left_out
        return found


def _pool(row: Mapping[str, str]) -> Pool:
    return Pool(
        database=clean(row["database"]),
        user=clean(row["user"]),
        cl_active=int(row["cl_active"]),
        cl_waiting=int(row["cl_waiting"]),
        sv_active=int(row["sv_active"]),
        sv_idle=int(row["sv_idle"]),
        sv_used=int(row["sv_used"]),
        maxwait=_wait(row["maxwait"], row.get("maxwait_us", "0")),
        mode=clean(row.get("pool_mode", "")),
    )


def _wait(seconds: str, microseconds: str) -> float:
    """Whole seconds, and the rest beside them."""
    return int(seconds) + int(microseconds) / 1e6


def _totals(row: Mapping[str, str]) -> Totals:
    return Totals(
        database=clean(row["database"]),
        transactions=int(row["xact_count"]),
        queries=int(row["query_count"]),
        received_bytes=int(row["bytes_received"]),
        sent_bytes=int(row["bytes_sent"]),
        transaction_time=int(row["xact_time"]) / 1e6,
        query_time=int(row["query_time"]) / 1e6,
        wait_time=int(row["wait_time"]) / 1e6,
    )


def _client(row: Mapping[str, str]) -> Client:
    # Of one that does not wait pgbouncer tells how long its statement runs, in the same columns.
    waits = row["state"].startswith("waiting")
    return Client(
        database=clean(row["database"]),
        user=clean(row["user"]),
        application=clean(row.get("application_name", "")),
        client=clean(row["addr"] if row["addr"].startswith("unix") else f"{row['addr']}:{row['port']}"),
        state=clean(row["state"]),
        wait_age=_wait(row.get("wait", "0"), row.get("wait_us", "0")) if waits else 0.0,
        connected=clean(row.get("connect_time", "")),
        asked=clean(row.get("request_time", "")),
        tls=clean(row.get("tls", "")),
    )


async def told(target: Target) -> str:
    """The pools in one line, those with people waiting first; or why they cannot be seen."""
    bouncer = Bouncer(target)
    try:
        found = await bouncer.pools()
    except GbtuiError as exc:
        return str(exc)
    finally:
        bouncer.close()
    found.sort(key=lambda pool: (-pool.cl_waiting, -pool.cl_active))
    return "pgbouncer: " + ("; ".join(map(str, found[:3])) or "no pool in use")
