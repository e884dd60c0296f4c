"""A moment's lock: waited for 100 ms at most, then writers pass, and it is tried again."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg

from gbtui.database.connection import HARDEN, Connection
from gbtui.errors import LockedError

T = TypeVar("T")
Tell = Callable[[str], None]
"""Is told what is done, in a sentence."""

LOCK_MS: Final = 100
"""Nobody waits longer behind a lock of ours that is not granted."""
PATIENCE: Final = 120.0
"""Seconds for which a moment's lock is tried for."""
AGAIN: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
_LONGEST_PAUSE: Final = 2.0


class Pauses:
    """The pauses between attempts: growing, so that writers have room; jittered, so that two who met part."""

    def __init__(self, what: str, patience: float) -> None:
        self._what, self._patience = what, patience
        self._deadline, self._pause = time.monotonic() + patience, 0.05

    async def after(self, error: Exception) -> None:
        """Wait before the next attempt; LockedError when there shall be none."""
        if time.monotonic() + self._pause > self._deadline:
            raise LockedError(
                "The table is never free",
                f"{self._what} waits for a lock for {self._patience:g} s: {error}",
                "a long transaction holds it; what is done stays done, run this again later",
            ) from error
        await asyncio.sleep(random.uniform(0.5, 1.0) * self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


async def moment(
    connection: Connection, work: Callable[[Connection], Awaitable[T]], what: str, patience: float = PATIENCE
) -> T:
    """Do `work` in a transaction of its own, which waits 100 ms for each lock; `what` names it in the error.

    Tried again for `patience` seconds: LockedError after that.
    """
    pauses = Pauses(what, patience)
    while True:
        try:
            # Read committed: whoever waited for another must see what that one did.
            async with connection.transaction(isolation="read_committed"):
                await connection.execute(f"{HARDEN}; SET LOCAL lock_timeout = {LOCK_MS}")
                return await work(connection)
        except AGAIN as error:
            await pauses.after(error)
