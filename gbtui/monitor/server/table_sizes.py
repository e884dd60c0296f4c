"""Which tables to measure now, and what is known of their sizes: measuring costs, so it is rationed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

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
"""Seconds between two measurements from which growth is told."""


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

    @property
    def full_name(self) -> str:
        """schema.name, as people write it."""
        return f"{self.schema}.{self.name}"

    @property
    def written(self) -> int:
        """Rows written since the statistics were reset."""
        return self.inserted + self.updated + self.deleted

    @property
    def mark(self) -> tuple[int, int]:
        """Changes whenever the table may have grown."""
        return self.written, self.pages


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes of one table on disk, scans of its indexes since the statistics were reset, and when that was true."""

    id: int
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    index_scans: int
    measured_at: datetime

    @property
    def total(self) -> int:
        """Heap, indexes and TOAST."""
        return self.table_bytes + self.index_bytes + self.toast_bytes


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is remembered from one reading to the next."""

    measured: Mapping[int, Measured] = field(default_factory=dict)
    earlier: Mapping[int, Measured] = field(default_factory=dict)
    """The measurement that growth is told against."""
    written: Mapping[int, int] = field(default_factory=dict)
    """Rows written so far, at the last reading."""
    marks: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Rows written so far and pages of each table when it was measured."""

    def overdue(self, table: "Table", now: datetime) -> bool:
        """Whether its size is too old, or was never measured."""
        known = self.measured.get(table.id)
        if known is None:
            return True
        changed = self.marks.get(table.id) != table.mark
        return now - known.measured_at > (CHANGED_AGE if changed else SWEEP_AGE)

    def growth(self, table: int) -> float | None:
        """Bytes a second between the last two measurements; None before there are two."""
        now, then = self.measured.get(table), self.earlier.get(table)
        if now is None or then is None:
            return None
        seconds = (now.measured_at - then.measured_at).total_seconds()
        return (now.total - then.total) / seconds if seconds > 0 else None


def due(tables: Sequence[Table], sizes: Sizes, now: datetime) -> list[int]:
    """The tables to measure now: the foremost, and a share of those not measured for long. Locked ones never."""
    plain = [table for table in tables if not table.partitioned and not table.locked]

    def bytes_guessed(table: Table) -> int:
        known = sizes.measured.get(table.id)
        return known.total if known else table.pages * 8192

    def foremost(rank: Callable[[Table], int]) -> list[int]:
        return [table.id for table in sorted(plain, key=rank, reverse=True)[:FOREMOST]]

    chosen = foremost(bytes_guessed) + foremost(lambda table: table.written - sizes.written.get(table.id, 0))
    never = datetime.min.replace(tzinfo=UTC)

    def age(table: Table) -> datetime:
        known = sizes.measured.get(table.id)
        return known.measured_at if known else never

    overdue = [table.id for table in sorted(plain, key=age) if sizes.overdue(table, now)]
    return list(dict.fromkeys(chosen + overdue[:SWEEP]))


async def measure(database: "Database", tables: Sequence[Table], sizes: Sizes, now: datetime) -> tuple[Sizes, str]:
    """Measure what is due; the new sizes, and a sentence if it could not be done this time.

    A lock may come between looking and opening: then the old sizes stay for this reading.
    """
    present = {table.id for table in tables}
    written = {table.id: table.written for table in tables}
    seen = {table.id: table.mark for table in tables}
    trouble, found = "", []
    try:
        found = await database.rows(Measured, "server/table_sizes", due(tables, sizes, now))
    except (LockedError, DeadlineError) as error:
        trouble = f"sizes were not measured this time: {error.message or error.title}"
    measured = {oid: size for oid, size in sizes.measured.items() if oid in present}
    earlier = {oid: size for oid, size in sizes.earlier.items() if oid in present}
    marks = {oid: mark for oid, mark in sizes.marks.items() if oid in present}
    for size in found:
        marks[size.id] = seen[size.id]
        last = measured.get(size.id)
        if last and (size.measured_at - last.measured_at).total_seconds() >= _GROWTH_WINDOW:
            earlier[size.id] = last
        measured[size.id] = size
    return Sizes(measured, earlier, written, marks), trouble
