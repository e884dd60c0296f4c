"""Read-only is the rule; what unlocks it ends by itself."""

import pytest

from gbtui.errors import DeniedError
from gbtui.security.guard import UNLOCKED_SECONDS, Guard


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_is_locked_until_unlocked_and_locks_itself_after_ten_minutes() -> None:
    clock = Hands()
    guard = Guard(None, read_only=True, clock=clock)
    assert guard.locked
    guard.unlock()
    assert not guard.locked
    assert guard.remaining == UNLOCKED_SECONDS == 600
    clock.now += 599
    assert guard.remaining == 1
    clock.now += 1
    assert guard.locked
    assert guard.remaining is None


def test_it_is_locked_by_hand() -> None:
    guard = Guard(None, read_only=True)
    guard.unlock()
    guard.lock()
    assert guard.locked


def test_always_cannot_be_unlocked() -> None:
    guard = Guard(None, read_only=True, always=True)
    with pytest.raises(DeniedError, match="always"):
        guard.unlock()
    assert guard.locked


def test_a_console_opened_to_write_is_never_locked_and_counts_nothing_down() -> None:
    guard = Guard(None, read_only=False)
    guard.unlock()
    guard.lock()
    assert not guard.locked
    assert guard.remaining is None
