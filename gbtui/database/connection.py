"""One connection: hosts tried in turn, TLS as asked, and the monitor's settings as start-up parameters."""

import asyncio
import random
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from gbtui.database import passfile, tls
from gbtui.database.target import Host, Keepalive, Target
from gbtui.database.translate import translate
from gbtui.errors import ConnectError, GbtuiError, RefusedError
from gbtui.secret import Secret

__all__ = ["Connection", "Purpose", "connect", "settings", "translate"]

# The stubs make the class generic, the driver does not.
if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

# Seconds that the server has to report its own deadline before ours is over.
SLACK_SECONDS: Final = 1.0
DRIVER_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

_TELLING: Final = (asyncpg.InvalidPasswordError, asyncpg.PostgresError)

Purpose = Literal["watch", "inspect", "write", "audit"]
"""Watching reads under SEARCH_PATH. Migrations are looked at (`inspect`, read-only too) and run (`write`) under the
role's own search_path, as Diesel finds its table by it. An audit record (`audit`) is written as carefully as others
read."""

SEARCH_PATH: Final = "pg_catalog, pg_temp"
"""Whoever may create in a schema of the role's search_path could put a function or an operator there that fits a call
better than the server's own, and have it run with the console's rights. So statements name their tables' schema."""
HARDEN: Final = f"SET LOCAL search_path = {SEARCH_PATH}"
"""For a transaction behind a pooler, where nothing can be set for the session."""

# A monitor must not hurt the server it watches: it waits for no lock, computes nothing for long, never
# leaves a transaction open, and compiles nothing.
_WATCHING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "default_transaction_read_only": "on",
        "lock_timeout": "100ms",
        "idle_in_transaction_session_timeout": "10s",
        "jit": "off",
    }
)
_WRITING: Final[Mapping[str, str]] = MappingProxyType(
    {"lock_timeout": "2s", "idle_in_transaction_session_timeout": "60s", "jit": "off"}
)
# Also a role that is read-only by default records what it does, if it was granted that.
_AUDITING: Final[Mapping[str, str]] = MappingProxyType(
    {**_WATCHING, "default_transaction_read_only": "off", "search_path": SEARCH_PATH}
)
_SETTINGS: Final[Mapping[Purpose, Mapping[str, str]]] = MappingProxyType(
    {
        "watch": MappingProxyType({**_WATCHING, "search_path": SEARCH_PATH}),
        "inspect": _WATCHING,
        "write": _WRITING,
        "audit": _AUDITING,
    }
)


def settings(target: Target, purpose: Purpose, statement_timeout: float) -> dict[str, str]:
    """The start-up parameters of a connection. They are its session's defaults: RESET returns to them."""
    wanted = {"application_name": target.application_name, "statement_timeout": f"{round(statement_timeout * 1000)}ms"}
    if target.options:
        wanted["options"] = target.options
    return {**wanted, **_SETTINGS[purpose]}


async def connect(
    target: Target,
    *,
    purpose: Purpose = "watch",
    statement_timeout: float = 5.0,
    pooled: bool = False,
    kind: type[Connection] = Connection,
) -> Connection:
    """Open one connection to the first host that answers and is what `target.session` asks for.

    `watch` and `inspect` are read-only. `pooled`: behind a transaction-mode pooler, which refuses start-up parameters
    and forgets named statements; then the caller sets them for each transaction (see Database).
    The connection is of class `kind`.
    Raises the ConnectError tree; with several hosts the message names each with its reason.
    """
    failures: list[tuple[Host, GbtuiError]] = []
    hosts = list(target.hosts)
    if target.shuffled:
        random.shuffle(hosts)
    wish = _Wish(
        {} if pooled else settings(target, purpose, statement_timeout),
        # The server's deadline comes first; ours is for a server, or a network, that says nothing at all, and behind
        # a pooler, where the server has none of us.
        statement_timeout + SLACK_SECONDS if (purpose != "write" or pooled) and statement_timeout > 0 else None,
        kind,
    )
    # prefer-standby: a second round takes anything.
    rounds = ("standby", "any") if target.session == "prefer-standby" else (target.session,)
    for session in rounds:
        failures.clear()
        for host in hosts:
            try:
                return await _connect_host(target, host, session, wish)
            except GbtuiError as exc:
                failures.append((host, exc))
    raise _summary(failures)


@dataclass(frozen=True, slots=True)
class _Wish:
    """How a connection is to be: its start-up parameters, the client's deadline in seconds, its class."""

    settings: Mapping[str, str]
    deadline: float | None
    kind: type[Connection]


def _summary(failures: list[tuple[Host, GbtuiError]]) -> GbtuiError:
    first = failures[-1][1]
    if len(failures) == 1:
        return first
    kinds = {type(exc) for _, exc in failures}
    kind = kinds.pop() if len(kinds) == 1 else ConnectError
    reasons = "; ".join(exc.message or f"{host}: {exc.title}" for host, exc in failures)
    return kind("No host can be used", reasons, first.hint)


async def _connect_host(target: Target, host: Host, session: str, wish: _Wish) -> Connection:
    failures: list[BaseException] = []
    async for connection, failure in _attempts(target, host, wish):
        if connection is None:
            assert failure is not None
            failures.append(failure)
            continue
        try:
            await _check_session(connection, session, host)
        except BaseException:
            connection.terminate()
            raise
        return connection
    # What the server says of the password counts for more than that it takes this login only with, or without, TLS.
    telling = next(
        (failure for kind in _TELLING for failure in failures if isinstance(failure, kind)),
        failures[0],
    )
    raise _told(telling, target, host) from _bare(telling)


async def _attempts(
    target: Target, host: Host, wish: _Wish
) -> AsyncIterator[tuple[Connection | None, BaseException | None]]:
    """With and without TLS, in the order that the sslmode says."""
    context = tls.context(target.tls, host)
    mode = target.tls.mode_for(host)
    ways: tuple[ssl.SSLContext | None, ...] = (context,)
    if mode == "prefer" and target.tls.negotiation != "direct":
        ways = (context, None)
    elif mode == "allow":
        ways = (None, context)
    for way in ways:
        try:
            yield await _open(target, host, way, wish), None
        except DRIVER_ERRORS as exc:
            yield None, exc
            if not isinstance(exc, asyncpg.InvalidAuthorizationSpecificationError | ConnectionError | ssl.SSLError):
                return


async def _open(target: Target, host: Host, context: ssl.SSLContext | None, wish: _Wish) -> Connection:
    def password() -> str:
        # A function, and never None: the driver would look into PGPASSWORD and ~/.pgpass by its own rules.
        secret = _password(target, host)
        return secret.reveal() if secret else ""

    async with asyncio.timeout(target.connect_timeout):
        return await asyncpg.connect(
            host=[host.address],
            port=[host.port],
            user=target.user,
            password=password,
            database=target.database,
            ssl=context if context is not None else False,
            direct_tls=context is not None and target.tls.negotiation == "direct",
            server_settings=dict(wish.settings),
            target_session_attrs=SessionAttribute.any,
            krbsrvname=target.krbsrvname or None,
            gsslib="gssapi" if target.gsslib else None,
            timeout=target.connect_timeout,
            command_timeout=wish.deadline,
            statement_cache_size=100 if wish.settings else 0,
            connection_class=_kept_alive(target.keepalive, wish.kind),
        )


@cache
def _kept_alive(keepalive: Keepalive, kind: type[Connection]) -> type[Connection]:
    class KeptAlive(kind):  # type: ignore[valid-type,misc]  # mypy knows no class made from an argument
        """A connection whose socket finds out when the other side is gone."""

        __slots__ = ()

        def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any) -> None:
            super().__init__(protocol, transport, *rest)
            _keep_alive(transport.get_extra_info("socket"), keepalive)

    return KeptAlive


def _keep_alive(sock: socket.socket | None, keepalive: Keepalive) -> None:
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6) or not keepalive.on:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Not every system has every option; libpq skips those as well.
    for option, value in (
        ("TCP_KEEPIDLE", keepalive.idle),
        ("TCP_KEEPINTVL", keepalive.interval),
        ("TCP_KEEPCNT", keepalive.count),
        ("TCP_USER_TIMEOUT", keepalive.user_timeout),
    ):
        if value > 0 and hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


async def _check_session(connection: Connection, session: str, host: Host) -> None:
    """Refuse a server that is not what target_session_attrs asks for.

    Our own sessions are read-only, so read-write asks here for a server that could write: a primary.
    """
    if session == "any":
        return
    standby = bool(await connection.fetchval("SELECT pg_catalog.pg_is_in_recovery()"))
    if standby != (session in ("standby", "read-only")):
        found = "standby" if standby else "primary"
        raise RefusedError("Not the server asked for", f"{host}: it is a {found}, not {session}")


def _told(exc: BaseException, target: Target, host: Host) -> GbtuiError:
    """The error with the host in it, and the way out where the driver knows none."""
    error = translate(exc, connecting=True, role=target.user)
    hint = error.hint
    if target.tls.mode_for(host) == "verify-full" and target.tls.mode is None and _is_about_tls(exc):
        hint = tls.RELAX
    elif isinstance(exc, asyncpg.InvalidPasswordError) and _password(target, host) is None:
        hint = hint or "no password was given: -W asks for one, PGPASSWORD or ~/.pgpass may hold it"
    elif "unsupported startup parameter" in error.message:  # pgbouncer's words
        hint = hint or "a pooler stands in between; where this happens, name the server itself"
    return type(error)(error.title, f"{host}: {error.message}", hint)


def _bare(exc: BaseException) -> BaseException:
    """Take the tracebacks off: the driver's frames hold the password, and some print local variables."""
    chained: BaseException | None = exc
    seen: set[int] = set()
    while chained is not None and id(chained) not in seen:
        seen.add(id(chained))
        chained.__traceback__ = None
        chained = chained.__cause__ or chained.__context__
    return exc


def _is_about_tls(exc: BaseException) -> bool:
    return isinstance(exc, ssl.SSLError) or "SSL" in str(exc)  # the driver's words where the server has no TLS


def _password(target: Target, host: Host) -> Secret | None:
    """libpq's order: a password that was named, else the password file's line for this host."""
    if target.password is None and target.passfile is not None:
        return passfile.password(target.passfile, host, target.database, target.user)
    return target.password
