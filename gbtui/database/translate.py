"""What the driver, the network and TLS report, as gbtui's errors with the server's own sentence."""

import os
import re
import socket
import ssl
from typing import Final

import asyncpg
from asyncpg import exceptions as pg

from gbtui.database.sql import identifier
from gbtui.errors import (
    ConnectError,
    DeadlineError,
    DeniedError,
    GbtuiError,
    LockedError,
    LostError,
    NoFreeSlotError,
    QueryError,
    RefusedError,
    StartingUpError,
)

_DENIED: Final = re.compile(r'permission denied for (?P<kind>[\w ]+?) "?(?P<name>[^"]+?)"?$')
_ROW: Final = re.compile(r"(?<=contains \().*(?=\))", re.DOTALL)
_KEY: Final = re.compile(r"Key \((?P<columns>.*?)\)=\((?P<values>.*)\)(?P<rest>.*)", re.DOTALL)
_CONFIDENTIAL: Final = re.compile(r"token|password|secret|hash|encrypted", re.IGNORECASE)
_GRANTS: Final = {
    "table": "GRANT SELECT ON {name} TO {role}",
    "view": "GRANT SELECT ON {name} TO {role}",
    "sequence": "GRANT SELECT ON SEQUENCE {name} TO {role}",
    "schema": "GRANT USAGE ON SCHEMA {name} TO {role}",
    "function": "GRANT EXECUTE ON FUNCTION {name} TO {role}",
    "database": "GRANT CONNECT ON DATABASE {name} TO {role}",
}


def translate(exc: BaseException, *, connecting: bool = False, role: str = "", privilege: str = "") -> GbtuiError:
    """The error that a person is told. What the server said stands in `message`, word for word.

    `role` and `privilege` (from the statement's header) make the hint of a DeniedError a GRANT that
    can be run. `connecting` tells a refused connection from a lost one.
    """
    if isinstance(exc, GbtuiError):
        return exc
    if isinstance(exc, asyncpg.PostgresError):
        return _from_server(exc, connecting, role or "your_role", privilege)
    if isinstance(exc, ssl.SSLCertVerificationError):
        return RefusedError("The server's certificate is not accepted", exc.verify_message or str(exc))
    if isinstance(exc, ssl.SSLError):
        return RefusedError("TLS failed", exc.reason or str(exc))
    if isinstance(exc, TimeoutError):
        if connecting:
            return ConnectError("No answer from the server", "the time for connecting is over")
        return DeadlineError("No answer in time", "the statement passed its deadline and was given up")
    if isinstance(exc, ConnectionError) and "rejected SSL upgrade" in str(exc):  # the driver's words
        return RefusedError("The server offers no TLS", "it answered the request for TLS with no")
    if isinstance(exc, OSError):
        what = _network(exc)
        return ConnectError("Cannot reach the server", what) if connecting else LostError("Connection lost", what)
    if isinstance(exc, asyncpg.InterfaceError) and isinstance(exc, ValueError):  # an argument does not fit
        return QueryError("The driver refuses", str(exc))
    if isinstance(exc, asyncpg.InterfaceError | pg.InternalClientError):
        # A connection that was closed, or on which the server spoke unasked: it is about to close.
        return (ConnectError if connecting else LostError)("Connection lost", str(exc))
    raise TypeError(f"not an error of the database: {type(exc).__name__}") from exc


def _network(exc: OSError) -> str:
    """The system's words; asyncio's own ("Connect call failed …", "Multiple exceptions: …") say less in more."""
    if isinstance(exc, socket.gaierror):
        return exc.strerror or str(exc)
    numbers = [exc.errno] if exc.errno else [int(found) for found in re.findall(r"\[Errno (\d+)\]", str(exc))]
    return ", ".join(dict.fromkeys(map(os.strerror, numbers))) or str(exc)


def _from_server(exc: asyncpg.PostgresError, connecting: bool, role: str, privilege: str) -> GbtuiError:
    said = _sentence(exc)
    hint = str(getattr(exc, "hint", None) or "")
    match exc:
        case pg.TooManyConnectionsError():
            return NoFreeSlotError("No free connection slot", said, hint)
        case pg.CannotConnectNowError():
            return StartingUpError("The server takes no connections now", said, hint)
        case pg.InvalidPasswordError() | pg.InvalidAuthorizationSpecificationError():
            return RefusedError("The server refuses the login", said, hint)
        case pg.InvalidCatalogNameError() if connecting:
            return RefusedError("No such database", said, hint)
        case pg.InsufficientPrivilegeError():
            return DeniedError("Permission denied", said, _grant(_message(exc), role, privilege) or hint)
        case pg.LockNotAvailableError():
            return LockedError("Locked", said, "another session holds or awaits a lock on it; gbtui does not wait")
        case pg.QueryCanceledError():
            return DeadlineError("Cancelled by the server", said, hint)
        case pg.AdminShutdownError() | pg.CrashShutdownError():
            return (StartingUpError if connecting else LostError)("The server shuts down", said, hint)
        case pg.PostgresConnectionError() if not connecting:
            return LostError("Connection lost", said, hint)
    return (ConnectError if connecting else QueryError)("The server reports an error", said, hint)


def _sentence(exc: asyncpg.PostgresError) -> str:
    """The server's message and detail. No statement text and no parameters: they may hold what must not be shown."""
    told = detail(exc)
    return f"{_message(exc)}: {told}" if told else _message(exc)


def detail(exc: asyncpg.PostgresError) -> str:
    """The server's DETAIL, without the row it quotes whole and without the values of keys that are secrets."""
    said = str(getattr(exc, "detail", None) or "")
    if found := _KEY.fullmatch(said):
        return f"Key ({found['columns']})=(…){found['rest']}" if _CONFIDENTIAL.search(found["columns"]) else said
    return _ROW.sub("…", said) if isinstance(exc, pg.IntegrityConstraintViolationError) else said


def _message(exc: asyncpg.PostgresError) -> str:
    return str(getattr(exc, "message", None) or (exc.args[0] if exc.args else type(exc).__name__))


def _grant(said: str, role: str, privilege: str) -> str:
    """The GRANT that is missing: the role that the statement's header names, else what the message names."""
    if privilege not in ("", "none"):
        return f"GRANT {privilege} TO {identifier(role)}"
    if match := _DENIED.search(said.split("\n", maxsplit=1)[0]):
        template = _GRANTS.get(match["kind"])
        return template.format(name=identifier(match["name"]), role=identifier(role)) if template else ""
    return ""
