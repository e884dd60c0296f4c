"""What can go wrong, as a person is told it.

GbtuiError                 title, message, hint; exit code 1
├── UsageError             a flag, a DSN, a profile or a file the user wrote is wrong; exit code 2
├── NoTargetError          no server was named and none may be assumed; exit code 3
├── ConnectError           no connection could be opened
│   ├── NoFreeSlotError    the server answered: too many connections
│   ├── StartingUpError    the server answered: it is starting, stopping or recovering
│   └── RefusedError       the server (or TLS) refused us: password, pg_hba, certificate, database
├── QueryError             a statement failed
│   ├── DeniedError        a privilege is missing; `hint` is the GRANT
│   ├── LockedError        a relation is locked; we do not wait
│   ├── DeadlineError      the statement passed its deadline
│   └── LostError          the connection broke under the statement
├── VaultError             a sealed value or a key cannot be used; `fault` says which way
├── AuditError             an act was refused, because it could not be put on record where it must be
├── MigrationError         a migration failed, drifted or was refused
└── EmbeddedServerError    the embedded server could not be prepared, started or stopped
"""

from enum import StrEnum
from typing import ClassVar


class GbtuiError(Exception):
    """A failure told to the user: what happened (title), what exactly (message), what to do (hint).

    `str()` is one line, fit for stderr.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, title: str, message: str = "", hint: str = "") -> None:
        super().__init__(title, message, hint)
        self.title = title
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.title}: {self.message}" if self.message else self.title
        return f"{text} ({self.hint})" if self.hint else text


class UsageError(GbtuiError):
    """What the user wrote cannot be used: a flag, a DSN, a profile, a filter, a file."""

    exit_code = 2


class NoTargetError(GbtuiError):
    """No server was named, and this command must not guess one."""

    exit_code = 3


class ConnectError(GbtuiError):
    """No connection could be opened."""


class NoFreeSlotError(ConnectError):
    """The server has no free connection slot."""


class StartingUpError(ConnectError):
    """The server is starting up, shutting down or in recovery without hot standby."""


class RefusedError(ConnectError):
    """The server or the TLS layer refused this client; trying again will not help."""


class QueryError(GbtuiError):
    """A statement failed."""


class DeniedError(QueryError):
    """The role lacks a privilege; `hint` names the GRANT that gives it."""


class LockedError(QueryError):
    """A relation is locked, and gbtui does not wait for locks."""


class DeadlineError(QueryError):
    """The statement passed its deadline and was cancelled."""


class LostError(QueryError):
    """The connection broke while the statement ran."""


class Fault(StrEnum):
    """Why a sealed value does not open."""

    LOST = "key is lost"
    WRONG = "key is another one"
    DAMAGED = "value is damaged"
    MOVED = "value was moved"
    UNREADABLE = "not a sealed value"


class VaultError(GbtuiError):
    """A sealed value does not open, or a key cannot be had. Nothing of what it holds is told."""

    def __init__(self, fault: Fault, title: str, message: str = "", hint: str = "") -> None:
        super().__init__(title, message, hint)
        self.fault = fault


class AuditError(GbtuiError):
    """What was to be done could not be recorded, and so was not done; `hint` says what makes it possible."""


class MigrationError(GbtuiError):
    """A migration failed, has drifted, or was refused."""


class EmbeddedServerError(GbtuiError):
    """The embedded server could not be prepared, started or stopped."""
