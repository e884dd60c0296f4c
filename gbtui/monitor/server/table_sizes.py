"""Which tables (and indexes) to measure now, and what is known of their sizes: measuring costs, so it is rationed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from gbtui.errors import DeadlineError, LockedError

if TYPE_CHECKING:
    from gbtui.database.database import Database

FOREMOST: Final = 50
"""So many of the largest and so many of the most written tables are measured at every reading."""
SWEEP: Final = 250
"""At most so many of the others at one reading, those measured longest ago first: opening a relation that the
connection has not seen yet costs the server some 50 microseconds and some memory."""
CHANGED_AGE: Final = timedelta(minutes=10)
"""The others are measured again after this time if they were written to since."""
SWEEP_AGE: Final = timedelta(hours=1)
"""The others are measured again after this time in any case (an index may have been added)."""
_GROWTH_WINDOW: Final = 20.0
"""Seconds between two measurements from which growth is told: files grow in steps."""


class Measurable(Protocol):
    """What a size is measured of: a table, an index."""

    @property
    def id(self) -> int:
        """Its oid."""

    @property
    def partitioned(self) -> bool:
        """Whether it has no file of its own."""

    @property
    def pages(self) -> int:
        """As the catalog has them: an old guess."""

    @property
    def written(self) -> int:
        """Rows written so far."""

    @property
    def locked(self) -> bool:
        """Whether to open it would mean to wait."""


def mark(one: Measurable) -> tuple[int, int]:
    """Changes whenever it may have grown."""
    return one.written, one.pages


@dataclass(frozen=True, slots=True)
class Table:
    """A table or partition as the catalog and the counters tell of it."""

    id: int
    schema: str
    name: str
    partitioned: bool
    parent: int | None
    pages: int
    rows_estimate: float | None
    live_rows: int
    dead_rows: int
    inserted: int
    updated: int
    hot_updated: int
    deleted: int
    seq_scans: int
    last_vacuum: datetime | None
    last_analyze: datetime | None
    locked: bool
    seq_rows: int
    """Read by all sequential scans."""
    index_scans: int
    """Of all its indexes."""

    @property
    def full_name(self) -> str:
        """schema.name, as people write it."""
        return f"{self.schema}.{self.name}"

    @property
    def written(self) -> int:
        """Rows written since the statistics were reset."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes on disk of one table, or of an index alone, and when that was true."""

    id: int
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    measured_at: datetime

    @property
    def total(self) -> int:
        """Heap, indexes and TOAST."""
        return self.table_bytes + self.index_bytes + self.toast_bytes


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is remembered from one reading to the next."""

    measured: Mapping[int, Measured] = field(default_factory=dict)
    written: Mapping[int, int] = field(default_factory=dict)
    """Rows written so far, at the last reading."""
    marks: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Rows written so far and pages of each table when it was measured."""

    def overdue(self, one: Measurable, now: datetime) -> bool:
        """Whether its size is too old, or was never measured."""
        known = self.measured.get(one.id)
        if known is None:
            return True
        changed = self.marks.get(one.id) != mark(one)
        return now - known.measured_at > (CHANGED_AGE if changed else SWEEP_AGE)


def due(tables: Sequence[Measurable], sizes: Sizes, now: datetime) -> list[int]:
    """The tables to measure now: the foremost, and a share of those not measured for long. Locked ones never."""
    plain = [table for table in tables if not table.partitioned and not table.locked]

    def bytes_guessed(table: Measurable) -> int:
        known = sizes.measured.get(table.id)
        return known.total if known else table.pages * 8192

    def foremost(rank: Callable[[Measurable], int]) -> list[int]:
        return [table.id for table in sorted(plain, key=rank, reverse=True)[:FOREMOST]]

    chosen = foremost(bytes_guessed) + foremost(lambda table: table.written - sizes.written.get(table.id, 0))
    never = datetime.min.replace(tzinfo=UTC)

    def age(table: Measurable) -> datetime:
        known = sizes.measured.get(table.id)
        return known.measured_at if known else never

    overdue = [table.id for table in sorted(plain, key=age) if sizes.overdue(table, now)]
    return list(dict.fromkeys(chosen + overdue[:SWEEP]))


async def measure(
    database: "Database", tables: Sequence[Measurable], sizes: Sizes, now: datetime, by: str = "server/table_sizes"
) -> tuple[Sizes, str]:
    """Measure what is due; the new sizes, and a sentence if it could not be done this time.

    A lock may come between looking and opening: then the old sizes stay for this reading.
    """
    present = {table.id for table in tables}
    written = {table.id: table.written for table in tables}
    seen = {table.id: mark(table) for table in tables}
    trouble, found = "", []
    try:
        found = await database.rows(Measured, by, due(tables, sizes, now))
    except (LockedError, DeadlineError) as error:
        trouble = f"sizes were not measured this time: {error.message or error.title}"
    measured = {oid: size for oid, size in sizes.measured.items() if oid in present}
    marks = {oid: then for oid, then in sizes.marks.items() if oid in present}
    for size in found:
        marks[size.id] = seen[size.id]
        measured[size.id] = size
    return Sizes(measured, written, marks), trouble


def growth(before: Measured | None, now: Measured | None, *, still: bool) -> float | None:
    """Bytes a second between two measurements; None where there are not two. `still`: nothing was written meanwhile."""
    if before is None or now is None:
        return None
    seconds = (now.measured_at - before.measured_at).total_seconds()
    if seconds >= _GROWTH_WINDOW:
        return (now.total - before.total) / seconds
    return 0.0 if still else None
