"""Sizes that cost something to measure: each is asked the more seldom the longer asking takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_SELDOM: Final = 60.0
_COST: Final = 1000.0
"""All are measured again after so many times as long as they take together: a thousandth of a core of the server."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A size, when it was true, and how many seconds it took to find out."""

    size: int
    at: datetime
    took: float


def every(known: Iterable[Measured]) -> float:
    """Seconds after which sizes are measured again."""
    return max(_SELDOM, _COST * sum(each.took for each in known))


def is_due(last: Measured | None, seconds: float) -> bool:
    """Whether it was never measured, or longer ago than that."""
    return last is None or (datetime.now(UTC) - last.at).total_seconds() >= seconds
