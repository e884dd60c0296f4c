"""What retention would free: estimated from the sizes that the catalog has of each month, no table is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gbtui.errors import QueryError

if TYPE_CHECKING:
    from gbtui.database.database import Database

SUPPOSED: Final = 365
"""Days that are supposed where everything is kept for ever."""
_MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Month:
    """A partition. `keep_days` is the default policy of what it holds; None: for ever."""

    table: str
    ends_at: datetime
    bytes: int
    keep_days: int | None


@dataclass(frozen=True, slots=True)
class Saving:
    """What would go of a table, and by which rule."""

    bytes: int
    by: str


async def read_savings(database: "Database", now: datetime) -> tuple[Mapping[str, Saving], str]:
    """By table; and why nobody can tell, "" where it is told."""
    try:
        months = await database.rows(Month, "lifecycle/growth/months")
    except QueryError as error:
        return {}, f"what retention would free is not told: {error.message or error.title}"
    return savings(months, now), ""


def savings(months: Sequence[Month], now: datetime) -> Mapping[str, Saving]:
    """What is older than the default policy of each table keeps, or than a year where it keeps all. Pure.

    The month in which the time falls counts by its share. Tenants with a policy or a hold of their own are not told
    apart: `gbtui retention plan` counts exactly.
    """
    found: dict[str, Saving] = {}
    for month in months:
        keep = month.keep_days or SUPPOSED
        past = (now - timedelta(days=keep) - (month.ends_at - _MONTH)) / _MONTH
        bytes_ = round(month.bytes * min(1.0, max(0.0, past)))
        by = f"kept {keep} days" if month.keep_days else f"if kept {keep} days"
        before = found.get(month.table, Saving(0, by))
        found[month.table] = Saving(before.bytes + bytes_, by)
    return found
