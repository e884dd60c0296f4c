"""Growth over weeks: how fast each thing grows a day, how sure that is, and when its disk is full."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from gbtui.errors import QueryError
from gbtui.monitor.platform.absence import NO_PLATFORM
from gbtui.monitor.platform.savings import Saving, read_savings
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample
from gbtui.monitor.slope import KEPT, Interval, Point, interval
from gbtui.text import clean, plural

if TYPE_CHECKING:
    from gbtui.config.capacity import Capacity
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

DAYS: Final = 90
"""Days of sizes that are shown, and that a slope rests on (the newest KEPT of them)."""
HOURS: Final = 48
_DAY: Final = 86_400.0
_ENOUGH_DAYS: Final = 7
"""From so many daily sizes on the slope rests on them; before on the hourly ones of two days."""
_SURE_DAYS: Final = 14
_SURE_SHARE: Final = 0.25
"""Confidence is high from so many days on, if the slope lies within a quarter of what is told."""
_ORDER: Final = ("databases", "database", "wal", "written", "table", "tenant")


@dataclass(frozen=True, slots=True)
class RawHistory:
    """Sizes of one thing, oldest first."""

    kind: str
    name: str
    grain: str
    times: Sequence[datetime]
    bytes: Sequence[int]
    rows: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A thing that is kept an eye on, and where it is going."""

    KEY: ClassVar = ("kind", "name")

    kind: str
    """"databases" (all together), "database", "wal" (what is kept of it), "written" (all WAL since the beginning: its
    growth is what is written), "table" (with partitions, indexes, TOAST), "tenant" (estimated from the planner's
    statistics)."""
    name: str
    """"others": all of this kind that are not named."""
    size_bytes: int
    growth_bytes_per_day: float | None
    """The median of the slopes between all pairs of sizes (Theil-Sen); None: too few yet."""
    least_bytes_per_day: float | None
    """The true slope lies between this and the next in 95 of 100 cases, if days do not hang together."""
    most_bytes_per_day: float | None
    confidence: str
    """"high" (two weeks at least, within a quarter), "fair" (it surely grows, or shrinks), "low"; "": not told."""
    rests_on: str
    """The sizes that the slope rests on: "31 days", "20 hours"."""
    full_in_age: float | None
    """Seconds until its disk is full at this slope; None: it does not grow, or the capacity is not known."""
    full_soonest_age: float | None
    """The same at the steepest slope that is likely."""
    capacity_bytes: int | None
    """By the profile."""
    saved_bytes: int | None
    """What retention would free now of a table with months, estimated from what the catalog knows of each; None: it has
    none."""
    saved_by: str
    """By which rule: "kept 90 days" (the default policy), "if kept 365 days" (everything is kept for ever)."""
    rows_estimate: int | None
    measured_at: datetime
    daily_bytes: tuple[int | None, ...]
    """Sizes by the day, oldest first, 90 at most; the last is of today; None: no sample was taken."""
    org_id: UUID | None


async def _read(database: "Database", _scope: "Scope", _before: Sample[Forecast] | None) -> Reading[Forecast]:
    if not database.facts.has_platform:
        return Reading((), skipped=(f"{ABSENT}{NO_PLATFORM}",))
    (found,) = await database.fetch("lifecycle/growth/there")
    if not found["there"]:
        return Reading((), skipped=(f"{ABSENT}this database keeps no sizes: gbtui migrate up makes their table",))
    if not found["readable"]:
        return Reading((), skipped=(f'{ABSENT}it needs GRANT gb_viewer TO "{database.facts.user}"',))
    return await read_at(database, found["now"])


async def read_at(database: "Database", now: datetime) -> Reading[Forecast]:
    """What the history tells at a time."""
    history = await database.rows(
        RawHistory, "lifecycle/growth/history", now - timedelta(days=DAYS), now - timedelta(hours=HOURS)
    )
    saved, untold = await read_savings(database, now)
    slugs, unnamed = await _slugs(database, history)
    # Some 200 things with 1,770 pairs of sizes each: nobody should wait for that at the keyboard.
    rows = await asyncio.to_thread(forecasts, history, now, Around(database.capacity, saved, slugs))
    told = [*_remarks(rows, database.capacity), *filter(None, (untold, unnamed))]
    return Reading(tuple(rows), skipped=tuple(told))


async def _slugs(database: "Database", history: Iterable[RawHistory]) -> tuple[Mapping[UUID, str], str]:
    """What the tenants are called; and why they are named by their ids, "" where they are not."""
    wanted = {org_id for one in history if (org_id := _tenant(one)) is not None}
    try:
        found = await database.fetch("lifecycle/growth/slugs", sorted(wanted))
    except QueryError as error:
        return {}, f"tenants are named by their ids: {error.message or error.title}"
    return {row["org_id"]: clean(row["slug"]) for row in found}, ""


def _tenant(one: RawHistory) -> UUID | None:
    """The organization that a thing is; None: it is none, or the others."""
    try:
        return UUID(one.name) if one.kind == "tenant" else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known: capacities, what retention would free by table, the tenants' slugs."""

    capacity: "Capacity"
    saved: Mapping[str, Saving] = field(default_factory=dict)
    slugs: Mapping[UUID, str] = field(default_factory=dict)


def forecasts(history: Iterable[RawHistory], now: datetime, around: Around) -> list[Forecast]:
    """What is there now, and where it goes; the fastest of each kind first. Pure."""
    by: dict[tuple[str, str], dict[str, RawHistory]] = {}
    for one in history:
        by.setdefault((one.kind, one.name), {})[one.grain] = one
    newest = max((one.times[-1] for grains in by.values() for one in grains.values()), default=now)
    present = [grains for grains in by.values() if max(one.times[-1] for one in grains.values()) >= newest]
    rows = [_forecast(grains, now, around, _used(present)) for grains in present]
    rows.sort(key=lambda row: (_ORDER.index(row.kind), -(row.growth_bytes_per_day or 0.0), -row.size_bytes, row.name))
    return rows


def _used(present: Sequence[Mapping[str, RawHistory]]) -> Mapping[str, int]:
    """Bytes now of all databases and of the WAL."""
    newest = [max(grains.values(), key=lambda one: one.times[-1]) for grains in present]
    return {one.kind: one.bytes[-1] for one in newest if one.kind in ("databases", "wal")}


def _forecast(grains: Mapping[str, RawHistory], now: datetime, around: Around, used: Mapping[str, int]) -> Forecast:
    newest = max(grains.values(), key=lambda one: one.times[-1])
    days, hours = grains.get("day"), grains.get("hour")
    by_days = days is not None and len(days.times) >= _ENOUGH_DAYS
    base = days if by_days else hours or days
    assert base is not None
    points = _points(base)
    found = interval(points)
    org_id = _tenant(newest)
    name = around.slugs.get(org_id, newest.name) if org_id else newest.name
    limit, taken = _limit(newest.kind, around.capacity, used)
    saving = around.saved.get(newest.name) if newest.kind == "table" else None
    return Forecast(
        newest.kind, name, newest.bytes[-1], *_per_day(found), _confidence(found, by_days=by_days),
        _rests_on(points, base.grain) if found else "", _full(found.slope.per_second if found else None, limit, taken),
        _full(found.most if found else None, limit, taken), limit, saving.bytes if saving else None,
        saving.by if saving else "", newest.rows, newest.times[-1], _daily(days, now), org_id,
    )  # fmt: skip


def _points(base: RawHistory) -> tuple[Point, ...]:
    times = [moment.timestamp() for moment in base.times]
    return tuple(zip(times, map(float, base.bytes), strict=True))[-KEPT:]


def _per_day(found: Interval | None) -> tuple[float | None, float | None, float | None]:
    if found is None:
        return None, None, None
    return found.slope.per_second * _DAY, found.least * _DAY, found.most * _DAY


def _confidence(found: Interval | None, *, by_days: bool) -> str:
    """In a word how far the slope can be trusted."""
    if found is None:
        return ""
    middle = found.slope.per_second
    still = found.least == found.most == 0.0
    sure = still or found.least > 0 or found.most < 0
    if not by_days or not sure:
        return "low"
    narrow = still or (found.most - found.least) / 2 <= _SURE_SHARE * abs(middle)
    return "high" if narrow and found.slope.base >= _SURE_DAYS else "fair"


def _rests_on(points: Sequence[Point], grain: str) -> str:
    return plural(len(points), grain)


def _limit(kind: str, capacity: "Capacity", used: Mapping[str, int]) -> tuple[int | None, int]:
    """The capacity of the disk that a kind lies on, and what is used of it; other files on it are not known here."""
    data, wal = capacity.limits.get("data"), capacity.limits.get("wal")
    if kind == "wal" and wal:
        return round(wal), used.get("wal", 0)
    if kind == "databases" and data:
        return round(data), used.get("databases", 0) + (0 if wal else used.get("wal", 0))
    return None, 0


def _full(per_second: float | None, limit: int | None, taken: int) -> float | None:
    if limit is None or per_second is None or per_second <= 0:
        return None
    return max(0.0, (limit - taken) / per_second)


def _daily(days: RawHistory | None, now: datetime) -> tuple[int | None, ...]:
    if days is None:
        return ()
    sizes = dict(zip((moment.date() for moment in days.times), days.bytes, strict=True))
    first = (now - days.times[0]).days
    dates = [(now - timedelta(days=back)).date() for back in range(min(first, DAYS - 1), -1, -1)]
    return tuple(sizes.get(date) for date in dates)


def _remarks(rows: Sequence[Forecast], capacity: "Capacity") -> Iterable[str]:
    if not rows:
        yield "no size was sampled yet: the job sizes does it every hour (gbtui jobs run, docs/jobs.md)"
    elif any(row.kind == "tenant" for row in rows):
        yield "tenants' sizes are estimated from the planner's statistics; those that these do not name are others"
    if rows and not capacity.limits.get("data"):
        yield f"when the disk is full cannot be told: {capacity.line('data')}"


FORECAST: Final = Probe(
    "forecast",
    "growth over weeks: a day, how sure that is, when the disk is full",
    Forecast,
    1800.0,
    _read,
    always=True,
)
