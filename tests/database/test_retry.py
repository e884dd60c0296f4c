"""What is worth a second try, and how long to wait for it."""

import asyncpg
import pytest

from gbtui.database.retry import backoff, transient
from gbtui.database.translate import translate
from gbtui.errors import StartingUpError


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (asyncpg.SerializationError("could not serialize"), True),
        (asyncpg.DeadlockDetectedError("deadlock"), True),
        (asyncpg.AdminShutdownError("terminating"), True),
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.TooManyConnectionsError("too many"), True),
        (ConnectionResetError("reset"), True),
        (asyncpg.UniqueViolationError("duplicate"), False),
        (asyncpg.QueryCanceledError("statement timeout"), False),
        (asyncpg.InsufficientPrivilegeError("denied"), False),
        (asyncpg.InvalidPasswordError("wrong"), False),
        (ValueError("ours"), False),
    ],
)
def test_transient(error: Exception, again: bool) -> None:
    assert transient(error) is again
    if not isinstance(error, ValueError):
        told = translate(error)
        told.__cause__ = error
        assert transient(told) is again


def test_a_starting_server_is_transient_without_a_cause() -> None:
    assert transient(StartingUpError("starting"))


def test_waits_grow_to_a_cap_and_end() -> None:
    waits = list(backoff(first=1, cap=4, tries=50))
    assert len(waits) == 50
    assert all(0 <= wait <= 4 for wait in waits)
    assert waits[0] <= 1
    assert max(waits) > 2
