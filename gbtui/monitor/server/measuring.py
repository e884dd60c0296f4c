"""Sizes that cost something to measure: each is asked the more seldom the longer asking takes."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gbtui.errors import QueryError

if TYPE_CHECKING:
    from gbtui.database.database import Database

_SELDOM: Final = 60.0
_COST: Final = 1000.0
"""All are measured again after so many times as long as they take together: a thousandth of a core of the server."""
_PATIENCE: Final = 2.0
"""Seconds of one reading that measuring may take; what is left over is measured by the next."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A size, when it was true, and how many seconds it took to find out."""

    size: int | None
    """None: no attempt has succeeded yet."""
    at: datetime
    took: float
    """Of the newest attempt, also of one that failed: that cost the server as much."""
    failed_at: datetime | None = None
    why: str = ""
    """Why the newest attempt failed; then the size is an old one."""

    @property
    def asked_at(self) -> datetime:
        """When it was last tried."""
        return self.failed_at or self.at


async def measure(
    database: "Database", statement: str, oids: Collection[int], known: Mapping[int, Measured]
) -> dict[int, Measured]:
    """What is known of these, those that are due measured anew: the ones that were tried longest ago first."""
    loop, never = asyncio.get_running_loop(), datetime.min.replace(tzinfo=UTC)
    sizes = {oid: known[oid] for oid in oids if oid in known}
    began, apart = loop.time(), every(sizes.values())
    for oid in sorted(oids, key=lambda oid: sizes[oid].asked_at if oid in sizes else never):
        if is_due(sizes.get(oid), apart) and loop.time() - began <= _PATIENCE:
            sizes[oid] = await _measured(database, statement, oid, sizes.get(oid))
    return sizes


def every(known: Iterable[Measured]) -> float:
    """Seconds after which sizes are measured again."""
    return max(_SELDOM, _COST * sum(each.took for each in known))


def is_due(last: Measured | None, seconds: float) -> bool:
    """Whether it was never tried, or longer ago than that."""
    return last is None or (datetime.now(UTC) - last.asked_at).total_seconds() >= seconds


async def _measured(database: "Database", statement: str, oid: int, last: Measured | None) -> Measured:
    """Measure one; where that fails, what was known of it, and why."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    try:
        (found,) = await database.fetch(statement, oid)
    except QueryError as error:
        now = datetime.now(UTC)
        return replace(last or Measured(None, now, 0.0), took=loop.time() - asked, failed_at=now, why=error.title)
    return Measured(found["bytes"], datetime.now(UTC), loop.time() - asked)
