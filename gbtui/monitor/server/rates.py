"""Rates: what the whole server does a second, from counters that may be reset at any time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import RESET, Moment, Window, counted, kept

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_MESSAGES: Final = "messages"
"""The platform's own counter, among those of the databases."""


@dataclass(frozen=True, slots=True)
class DatabaseCounters:
    """Counters of one database since its statistics were reset; id 0 stands for the shared catalogs."""

    id: int
    name: str
    at: datetime
    started_at: datetime
    commits: int
    rollbacks: int
    blocks_read: int
    blocks_hit: int
    rows_returned: int
    rows_fetched: int
    rows_inserted: int
    rows_updated: int
    rows_deleted: int
    temp_files: int
    temp_bytes: int
    conflicts: int
    deadlocks: int
    sessions: int
    checksum_failures: int
    stats_reset: datetime | None
    wal_bytes: int | None
    wal_reset: datetime | None


_COUNTERS: Final = tuple(field.name for field in fields(DatabaseCounters) if field.type in ("int", int))[1:]


@dataclass(frozen=True, slots=True)
class Rates:
    """What happened a second, over all databases; None: not known (no window yet, or just reset)."""

    commits_per_s: float | None
    """gbtui's own few are among them."""
    rollbacks_per_s: float | None
    messages_per_s: float | None
    """Rows inserted into message_history, rolled back ones among them; None without that table."""
    cache_hit: float | None
    """Share (0 to 1) of block requests that shared buffers answered, in this window; None without requests."""
    blocks_read_per_s: float | None
    rows_returned_per_s: float | None
    rows_fetched_per_s: float | None
    rows_inserted_per_s: float | None
    rows_updated_per_s: float | None
    rows_deleted_per_s: float | None
    temp_files_per_s: float | None
    temp_bytes_per_s: float | None
    wal_bytes_per_s: float | None
    """On a standby: WAL received."""
    new_sessions_per_s: float | None
    deadlocks: int | None
    """In this window."""
    conflicts: int | None
    """Statements cancelled in this window because of replay on a standby."""
    checksum_failures: int
    """Since the statistics were reset."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of one moment: what the next reading is held against."""

    at: datetime
    started_at: datetime
    databases: Mapping[int, DatabaseCounters]
    messages: int | None


def rates(before: Counters | None, now: Counters) -> tuple[Rates, float | None, tuple[str, ...]]:
    """The rates between two moments, their window in seconds, and sentences on what was left out.

    A restart of the server, or the change to another one, starts anew. A database whose statistics were reset, or
    that was not there before, is left out of this window only.
    """
    window = None
    if before is not None and before.started_at == now.started_at:
        window = (now.at - before.at).total_seconds()
    if before is None or window is None or window <= 0:
        return _rates({}, None, None, None, _failures(now)), None, ()
    total: dict[str, int] = dict.fromkeys(_COUNTERS, 0)
    reset = []
    for key, database in now.databases.items():
        old = before.databases.get(key)
        step = _step(old, database) if old else None
        if step is not None:
            total = {name: total[name] + step[name] for name in _COUNTERS}
        elif old:
            reset.append(f"statistics of {database.name or 'the shared catalogs'} were reset: left out of this window")
    messages = _forward(before.messages, now.messages)
    return _rates(total, window, _wal(before, now), messages, _failures(now)), window, tuple(reset)


def _step(old: DatabaseCounters, new: DatabaseCounters) -> dict[str, int] | None:
    step = {name: getattr(new, name) - getattr(old, name) for name in _COUNTERS}
    return None if old.stats_reset != new.stats_reset or min(step.values()) < 0 else step


def _forward(old: int | None, new: int | None) -> int | None:
    """Growth of a counter; None where it is unknown or went back."""
    return new - old if old is not None and new is not None and new >= old else None


def _wal(before: Counters, now: Counters) -> int | None:
    old, new = next(iter(before.databases.values()), None), next(iter(now.databases.values()), None)
    if old is None or new is None or old.wal_reset != new.wal_reset:
        return None
    return _forward(old.wal_bytes, new.wal_bytes)


def _failures(now: Counters) -> int:
    return sum(database.checksum_failures for database in now.databases.values())


def _rates(
    total: Mapping[str, int], window: float | None, wal: int | None, messages: int | None, failures: int
) -> Rates:
    def a_second(value: int | None) -> float | None:
        return None if value is None or not window else value / window

    asked = total.get("blocks_hit", 0) + total.get("blocks_read", 0)
    return Rates(
        commits_per_s=a_second(total.get("commits")),
        rollbacks_per_s=a_second(total.get("rollbacks")),
        messages_per_s=a_second(messages),
        cache_hit=total["blocks_hit"] / asked if asked else None,
        blocks_read_per_s=a_second(total.get("blocks_read")),
        rows_returned_per_s=a_second(total.get("rows_returned")),
        rows_fetched_per_s=a_second(total.get("rows_fetched")),
        rows_inserted_per_s=a_second(total.get("rows_inserted")),
        rows_updated_per_s=a_second(total.get("rows_updated")),
        rows_deleted_per_s=a_second(total.get("rows_deleted")),
        temp_files_per_s=a_second(total.get("temp_files")),
        temp_bytes_per_s=a_second(total.get("temp_bytes")),
        wal_bytes_per_s=a_second(wal),
        new_sessions_per_s=a_second(total.get("sessions")),
        deadlocks=total.get("deadlocks"),
        conflicts=total.get("conflicts"),
        checksum_failures=failures,
    )


def totals(sample: Sample[Rates]) -> tuple[DatabaseCounters, ...]:
    """The counters that a sample's rates rest on, of each database."""
    ring = kept(sample).ring
    found = ring.window(RESET).now.counters if len(ring) else {}
    return tuple(row for row in found.values() if isinstance(row, DatabaseCounters))


async def messages_inserted(database: "Database") -> int | None:
    """The platform's message counter, where the platform is."""
    if not database.facts.has_platform:
        return None
    found: Iterable[int | None] = (row["inserted"] for row in await database.fetch("general_bots/message_inserts"))
    return next(iter(found), None)


def _moment(raw: Sequence[DatabaseCounters], messages: int | None) -> Moment[int | str, DatabaseCounters | int]:
    """One moment's counters; all rows of a statement carry the same clock."""
    found: dict[int | str, DatabaseCounters | int] = {row.id: row for row in raw}
    if messages is not None:
        found[_MESSAGES] = messages
    resets = {row.stats_reset for row in raw}
    return Moment(raw[0].at, found, raw[0].started_at, resets.pop() if len(resets) == 1 else None)


def _over(window: Window[int | str, Any], _own: None) -> Reading[Rates]:
    now = _counters(window.now.at, window.now.counters)
    if window.span == RESET:
        total = {name: sum(getattr(row, name) for row in now.databases.values()) for name in _COUNTERS}
        return Reading((_rates(total, window.seconds, None, None, _failures(now)),), window.seconds)
    before = None
    if window.seconds is not None:
        old = {key: value for key in window.now.counters if (value := window.before(key)) is not None}
        before = _counters(now.at - timedelta(seconds=window.seconds), old) if old else None
    row, seconds, skipped = rates(before, now)
    return Reading((row,), seconds, skipped)


def _counters(at: datetime, found: Mapping[int | str, Any]) -> Counters:
    databases = {key: row for key, row in found.items() if isinstance(key, int)}
    return Counters(at, next(iter(databases.values())).started_at, databases, found.get(_MESSAGES))


async def _read(database: "Database", _scope: "Scope", before: Sample[Rates] | None) -> Reading[Rates]:
    raw = await database.rows(DatabaseCounters, "server/database_counters")
    return counted(before, _moment(raw, await messages_inserted(database)), _over)


RATES = Probe(
    "rates",
    "transactions, messages, cache hits, rows, temporary files and WAL a second",
    Rates,
    1.0,
    _read,
    always=True,
    deltas=True,
    history=600,
    over=_over,
)
