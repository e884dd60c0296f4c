"""When to try again, and how long to wait before."""

import random
from collections.abc import Iterator

from gbtui.errors import GbtuiError, LostError, NoFreeSlotError, StartingUpError

# SQLSTATEs after which the same work may succeed: serialization failure, deadlock, admin or crash
# shutdown, cannot connect now, connection failures, too many connections.
_TRANSIENT = ("40001", "40P01", "57P01", "57P02", "57P03", "53300", "08")


def transient(exc: BaseException) -> bool:
    """Whether the same work, done again later, may succeed."""
    if isinstance(exc, LostError | NoFreeSlotError | StartingUpError):
        return True
    if isinstance(exc, GbtuiError):
        return exc.__cause__ is not None and transient(exc.__cause__)
    sqlstate = getattr(exc, "sqlstate", None)
    if isinstance(sqlstate, str):
        return sqlstate.startswith(_TRANSIENT)
    return isinstance(exc, ConnectionError)


def backoff(first: float = 0.1, cap: float = 5.0, tries: int = 5) -> Iterator[float]:
    """Seconds to wait before each further try: doubling, capped, with full jitter.

    Full jitter (anything from nothing to the whole step) keeps a hundred consoles that lost the same
    server from coming back at the same moment.
    """
    step = first
    for _ in range(tries):
        yield random.uniform(0.0, min(step, cap))
        step *= 2
