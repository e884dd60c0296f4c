"""What grows now: tables, databases, WAL, temporary files and the server's log in one list, the fastest first.

It measures nothing itself: the sizes are those of the panels tables, databases and storage.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias

from gbtui import text
from gbtui.monitor.probe import Probe, asks_nothing
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.slope import Point, added, slope

_FROM: Final = ("tables", "databases", "storage")
_LISTED: Final = 200

_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Growth:
    """Something that has grown, or shrunk, of late. A row of one kind may hold rows of another."""

    KEY: ClassVar = ("kind", "name")

    kind: str
    """"table" (with its indexes, TOAST and partitions), "database", "tablespace", "data", "wal", "temporary", "log"."""
    name: str
    growth_bytes_per_min: float
    """The median of the slopes between all measurements; with two measurements the one slope."""
    window: float
    """Seconds between the first and the last of them."""
    measurements: int
    size_bytes: int
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class _Series:
    points: tuple[Point, ...] = ()
    measured_at: datetime | None = None


_Memory: TypeAlias = Mapping[_Key, _Series]


def _derive(samples: Sequence[Sample[Any]], before: Sample[Growth] | None) -> Reading[Growth]:
    memory: _Memory = before.memory if before else {}
    seen: dict[_Key, _Series] = {}
    rows: list[Growth] = []
    unknown = 0
    for key, size, at, read_at, known in _sizes(samples):
        series = _longer(memory.get(key, _Series()), size, at, read_at)
        seen[key] = series
        row = known or _row(key, size, at, series)
        unknown += row is None
        if row is not None and row.growth_bytes_per_min:
            rows.append(row)
    rows.sort(key=lambda row: (-row.growth_bytes_per_min, row.kind, row.name))
    skipped = [f"{sample.probe}: {sample.error}" for sample in samples if sample.error]
    if unknown:
        skipped.append(f"of {text.count(unknown)} things there is only one measurement yet")
    if len(seen) - unknown > len(rows):
        skipped.append(f"{text.count(len(seen) - unknown - len(rows))} stay as they are")
    return Reading(tuple(rows[:_LISTED]), skipped=tuple(skipped), memory=seen)


_Size: TypeAlias = tuple[_Key, int, datetime, datetime, Growth | None]


def _sizes(samples: Sequence[Sample[Any]]) -> Iterator[_Size]:
    """Each thing whose size is known: when it was measured and read, and its growth where that is told."""
    tables, databases, storage = samples
    for row in tables.rows:
        if row.total_bytes is not None and not row.unmeasured and tables.taken_at:
            name = row.name if row.schema == "public" else f"{row.schema}.{row.name}"
            yield ("table", name), row.total_bytes, row.measured_at or tables.taken_at, tables.taken_at, None
    for row in databases.rows:
        if row.size_bytes is not None:
            yield ("database", row.name), row.size_bytes, row.measured_at, row.measured_at, None
    for row in storage.rows:
        if row.size_bytes is not None:
            own = row.place in ("data", "wal", "temporary", "log")
            key = (row.place, "") if own else ("tablespace", row.place)
            yield key, row.size_bytes, row.measured_at, row.measured_at, _told(key, row)


def _told(key: _Key, row: Any) -> Growth | None:
    """The growth that the storage panel tells."""
    if row.growth_bytes_per_min is None:
        return None
    return Growth(*key, row.growth_bytes_per_min, row.window, row.measurements, row.size_bytes, row.measured_at)


def _longer(series: _Series, size: int, at: datetime, read_at: datetime) -> _Series:
    """With a newer measurement; one that was not repeated changes nothing.

    A table with partitions counts as measured when it is read: only those that change are measured each time.
    """
    unchanged = at == series.measured_at and series.points and series.points[-1][1] == size
    return series if unchanged else _Series(added(series.points, (read_at.timestamp(), size)), at)


def _row(key: _Key, size: int, at: datetime, series: _Series) -> Growth | None:
    found = slope(series.points)
    if found is not None:
        return Growth(*key, found.per_second * 60, found.seconds, found.base, size, at)
    if len(series.points) < 2:
        return None
    (then, small), (now, large) = series.points
    return Growth(*key, (large - small) / (now - then) * 60, now - then, 2, size, at)


GROWTH = Probe(
    "growth",
    "what grows now: tables, databases, WAL, temporary files, log",
    Growth,
    15.0,
    asks_nothing,
    beside=_FROM,
    derive=_derive,
)
