"""Storage: what lies where, how fast it grows, and when its disk is full, as far as a capacity is known."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui import text
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.measuring import Measured, measure
from gbtui.monitor.server.own_disks import Disk, disk, is_ours
from gbtui.monitor.slope import Point, Slope, added, slope

if TYPE_CHECKING:
    from gbtui.config.capacity import Capacity
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_DISK_SECONDS: Final = 1.0
_OURS: Final = ("pg_default", "pg_global")
"""The tablespaces in the data directory."""
_FEWEST: Final = 5
_SHORTEST: Final = 60.0
"""Measurements and seconds from which on a growth is carried on into the future."""


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    started_at: datetime
    data_directory: str
    log_directory: str
    wal_bytes: int
    log_bytes: int | None
    temporary_bytes: int


@dataclass(frozen=True, slots=True)
class _Tablespace:
    id: int
    name: str
    owner: str
    location: str


@dataclass(frozen=True, slots=True)
class Place:
    """One part of what the server keeps on its disks."""

    KEY: ClassVar = ("place",)

    place: str
    """"data" (all databases but what lies in other tablespaces), a tablespace's name, "wal", "temporary" (what running
    statements sort and hash, a part of the others), "log" (the server's)."""
    size_bytes: int | None
    """None: not measured yet."""
    growth_bytes_per_min: float | None = None
    """The median of the slopes between all measurements kept; None for less than three."""
    full_in_age: float | None = None
    """Seconds until its disk is full if all that is known to grow there goes on at this pace; None: it does not grow,
    the growth is not known for long enough, or the capacity is not known."""
    free_bytes: int | None = None
    capacity_bytes: int | None = None
    disk: str = ""
    """Where the file system is mounted, if it is on this machine; else the place in the profile whose disk it is."""
    window: float | None = None
    """Seconds between the first and the last of the measurements."""
    measurements: int = 0
    """How many the growth rests on."""
    measured_at: datetime | None = None
    capacity_from: str = ""
    """"profile"; "disk": asked of the file system, as the server runs on this machine; "": not known."""
    location: str = ""
    """"" for temporary files: they lie in data, or in the tablespaces that temp_tablespaces names."""


@dataclass(frozen=True, slots=True)
class _Memory:
    sizes: Mapping[int, Measured] = field(default_factory=dict)
    """Tablespaces by oid."""
    points: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    """Sizes by place; what is used of disks by "disk:" and their mount."""


async def _read(database: "Database", _scope: "Scope", before: Sample[Place] | None) -> Reading[Place]:
    memory: _Memory = before.memory if before else _Memory()
    (now,) = await database.rows(_Row, "server/storage")
    tablespaces = await database.rows(_Tablespace, "server/storage_tablespaces")
    sizes = await measure(database, "server/storage_size", [each.id for each in tablespaces], memory.sizes)
    failed = ((each.name, sizes[each.id].why) for each in tablespaces if each.id in sizes)
    skipped = [f"{name}: size not measured: {why}" for name, why in failed if why]
    parts = _parts(now, tablespaces, sizes)
    disks = await _disks(database, now, parts)
    points = {part.place: _longer(memory, part) for part in parts}
    for found in disks.values():
        key = f"disk:{found.mount}"
        points[key] = added(memory.points.get(key, ()), (now.at.timestamp(), found.used_bytes))
    rows = [_grown(part, points[part.place]) for part in parts]
    rows = [_full(row, rows, disks.get(row.place), points, database.capacity) for row in rows]
    rows.sort(key=lambda row: -(row.size_bytes or 0))
    skipped += _not_set(rows, database.capacity)
    return Reading(tuple(rows), skipped=tuple(skipped), memory=_Memory(sizes, points))


def _parts(now: _Row, tablespaces: Sequence[_Tablespace], sizes: Mapping[int, Measured]) -> list[Place]:
    """Each place with its size, nothing else known of it yet."""
    inside = [sizes.get(each.id) for each in tablespaces if each.name in _OURS]
    known = [each for each in inside if each is not None and each.size is not None]
    whole = sum(each.size or 0 for each in known) if len(known) == len(inside) else None
    data = now.data_directory
    found = [
        _place("data", whole, min((each.at for each in known), default=None), data),
        _place("wal", now.wal_bytes, now.at, f"{data}/pg_wal"),
        _place("temporary", now.temporary_bytes, now.at, ""),
    ]
    if now.log_bytes is not None:
        found.append(_place("log", now.log_bytes, now.at, str(PurePosixPath(data, now.log_directory))))
    for each in tablespaces:
        if each.name not in _OURS:
            size = sizes.get(each.id)
            location = str(PurePosixPath(data, each.location))
            found.append(_place(each.name, size.size if size else None, _true_at(size), location))
    return found


def _true_at(size: Measured | None) -> datetime | None:
    return size.at if size and size.size is not None else None


def _place(name: str, size: int | None, at: datetime | None, location: str) -> Place:
    return Place(name, size, measured_at=at, location=location)


def _longer(memory: _Memory, part: Place) -> tuple[Point, ...]:
    known = memory.points.get(part.place, ())
    if part.size_bytes is None or part.measured_at is None:
        return known
    return added(known, (part.measured_at.timestamp(), part.size_bytes))


def _grown(part: Place, points: tuple[Point, ...]) -> Place:
    found = slope(points)
    if found is None:
        return replace(part, measurements=len(points))
    growth = found.per_second * 60
    return replace(part, growth_bytes_per_min=growth, window=found.seconds, measurements=found.base)


async def _disks(database: "Database", now: _Row, parts: Sequence[Place]) -> dict[str, Disk]:
    """The disks by place, where the server runs on this machine. A disk that does not answer is left out."""
    target = database.target
    local = len(target.hosts) == 1 and target.hosts[0].is_local
    if not local:
        return {}

    def ask() -> dict[str, Disk]:
        if not is_ours(now.data_directory, now.started_at):
            return {}
        found = {part.place: disk(part.location) for part in parts if part.location}
        return {place: each for place, each in found.items() if each is not None}

    try:
        async with asyncio.timeout(_DISK_SECONDS):
            return await asyncio.to_thread(ask)
    except TimeoutError:
        return {}


def _full(
    row: Place,
    rows: Sequence[Place],
    found: Disk | None,
    points: Mapping[str, tuple[Point, ...]],
    capacity: "Capacity",
) -> Place:
    """With what is known of its disk: the profile's word first, then the file system's."""
    if row.place == "temporary":  # counted where it lies: in data, or in a tablespace
        return row
    sharing = row.place if row.place in capacity.limits else _shared(row, rows, capacity)
    if sharing:
        return _by_profile(row, rows, sharing, capacity)
    if found is None:
        return row
    left = _left(found.free_bytes, slope(points.get(f"disk:{found.mount}", ())))
    return replace(
        row,
        full_in_age=left,
        free_bytes=found.free_bytes,
        capacity_bytes=found.total_bytes,
        capacity_from="disk",
        disk=found.mount,
    )


def _not_set(rows: Sequence[Place], capacity: "Capacity") -> list[str]:
    """The line to add to the configuration file for each place whose capacity is not known."""
    lacking = [row.place for row in rows if row.capacity_bytes is None and row.place != "temporary"]
    wanted = dict.fromkeys("data" if place in ("wal", "log") and "data" in lacking else place for place in lacking)
    return [f"capacity of {place} not set: {capacity.line(place)}" for place in wanted]


def _shared(row: Place, rows: Sequence[Place], capacity: "Capacity") -> str:
    """ "data" for what lies on the same disk unless the profile says otherwise."""
    if "data" not in capacity.limits or row.place not in ("wal", "log"):
        return ""
    data = next(each.location for each in rows if each.place == "data")
    inside = row.place == "wal" or PurePosixPath(row.location).is_relative_to(data)
    return "data" if inside else ""


def _by_profile(row: Place, rows: Sequence[Place], sharing: str, capacity: "Capacity") -> Place:
    there = [each for each in rows if each.place == sharing]
    if sharing == "data":
        there += [each for each in rows if each.place not in capacity.limits and _shared(each, rows, capacity)]
    total = capacity.limits[sharing]
    if any(each.size_bytes is None for each in there):
        return replace(row, capacity_bytes=round(total), capacity_from="profile", disk=sharing)
    free = max(0, round(total - sum(each.size_bytes or 0 for each in there)))
    return replace(
        row,
        full_in_age=_left(free, _together(there)),
        free_bytes=free,
        capacity_bytes=round(total),
        capacity_from="profile",
        disk=sharing,
    )


def _together(there: Sequence[Place]) -> Slope | None:
    """The growth of all of them; None until it is known of each."""
    if any(each.growth_bytes_per_min is None for each in there):
        return None
    growth = sum(each.growth_bytes_per_min or 0 for each in there) / 60
    return Slope(growth, min(each.window or 0 for each in there), min(each.measurements for each in there))


def _left(free: float, growth: Slope | None) -> float | None:
    """Seconds until nothing is free at this pace; None where it does not grow or has not been watched for long."""
    if growth is None or growth.per_second <= 0 or growth.base < _FEWEST or growth.seconds < _SHORTEST:
        return None
    return free / growth.per_second


def pace(row: Place) -> str:
    """The growth, and what it rests on, in words: "+12 MB/min (40 measurements over 10 m)"."""
    if row.growth_bytes_per_min is None:
        return "growth not known yet"
    sign = "+" if row.growth_bytes_per_min >= 0 else "-"
    base = f"{row.measurements} measurements over {text.age(row.window)}"
    return f"{sign}{text.size(abs(row.growth_bytes_per_min))}/min ({base})"


STORAGE = Probe(
    "storage",
    "what lies where, how fast it grows, when its disk is full",
    Place,
    15.0,
    _read,
    always=True,
    privilege="pg_monitor",
)
