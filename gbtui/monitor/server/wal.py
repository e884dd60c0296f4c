"""WAL: how much is written over the window, how often and how fast it reaches the disk, and what keeps its files."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import RESET, Moment, Window, counted, growth, since_another

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_MOVED: Final = 180000
"""From this version on pg_stat_io tells of the writes and syncs of WAL."""
_COUNTERS: Final = (
    "records", "full_pages", "bytes", "buffers_full", "writes", "syncs", "write_time", "sync_time", "position",
)  # fmt: skip

_WRITING: Final = ("writes", "syncs", "write_time", "sync_time")


@dataclass(frozen=True, slots=True)
class _Row:
    records: int
    full_pages: int
    bytes: int
    buffers_full: int
    writes: int | None
    syncs: int | None
    write_time: float | None
    sync_time: float | None
    stats_reset: datetime | None
    io_reset: datetime | None
    at: datetime
    started_at: datetime
    timed: bool
    position: int
    in_recovery: bool


@dataclass(frozen=True, slots=True)
class Wal:
    """The WAL of the window; on a standby what was received."""

    wal_bytes_per_s: float | None
    records_per_s: float | None
    full_pages_per_s: float | None
    """Whole pages, written at the first change after a checkpoint: frequent checkpoints make many."""
    writes_per_s: float | None
    syncs_per_s: float | None
    """Times WAL was forced to the disk: the upper limit of commits."""
    write_ms: float | None
    """Mean time of a write; None where track_wal_io_timing is off, or nothing was written."""
    sync_ms: float | None
    """Mean time until the disk had it."""
    buffers_full: int | None
    """Times in the window that somebody had to write because wal_buffers was full."""
    timed: bool
    """track_wal_io_timing is on."""


@dataclass(frozen=True, slots=True)
class WalHolder:
    """One reason why WAL files cannot be removed yet."""

    KEY: ClassVar = ("holder", "name")

    holder: str
    """"slot", "wal_keep_size", "archiver" (files that wait for it), "checkpoint" (needed until the next one)."""
    name: str
    """The slot's name; the archiver's last file."""
    held_bytes: int | None
    limit_bytes: int | None
    """What it may hold back at most: max_slot_wal_keep_size, max_wal_size; None: nothing limits it."""
    state: str
    """"active", "inactive", "failing", "archiving" …"""
    since: datetime | None
    """Inactive since (17 and later), last file archived, last checkpoint."""
    directory_files: int
    directory_bytes: int
    """The whole directory; what nobody holds is kept to be used again."""


async def _read(database: "Database", _scope: "Scope", before: Sample[Wal] | None) -> Reading[Wal]:
    (row,) = await database.rows(_Row, "server/wal")
    if database.facts.version_num >= _MOVED:
        (more,) = await database.fetch("server/wal_io")
        row = replace(row, **dict(more))
    epoch = row.started_at, row.stats_reset, row.io_reset
    return counted(before, Moment(row.at, {"": row}, epoch, row.stats_reset), _over)


def _over(window: Window[str, _Row], _own: None) -> Reading[Wal]:
    now = window.now.counters[""]
    grown = growth(window.before(""), now, _COUNTERS) if window.known else None
    if grown is not None and now.in_recovery:
        # A standby writes no WAL of its own; of what it received before this reading nothing is known.
        grown = grown | {"bytes": None if window.span == RESET else grown["position"]}
    apart = since_another(window, dict.fromkeys(_WRITING, now.io_reset))
    said = ("writes and syncs are counted since another reset: no rates of theirs",) if apart else ()
    return Reading((_row(now, (grown or {}) | apart, window.seconds),), window.seconds, said)


def _row(now: _Row, grown: dict[str, Any], seconds: float | None) -> Wal:
    def a_second(name: str) -> float | None:
        value = grown.get(name)
        return value / seconds if value is not None and seconds else None

    def mean(time: str, number: str) -> float | None:
        return grown[time] / grown[number] if now.timed and grown.get(number) and grown.get(time) is not None else None

    return Wal(
        wal_bytes_per_s=a_second("bytes"),
        records_per_s=a_second("records"),
        full_pages_per_s=a_second("full_pages"),
        writes_per_s=a_second("writes"),
        syncs_per_s=a_second("syncs"),
        write_ms=mean("write_time", "writes"),
        sync_ms=mean("sync_time", "syncs"),
        buffers_full=grown.get("buffers_full"),
        timed=now.timed,
    )


async def _held(database: "Database", _scope: "Scope", _before: Sample[WalHolder] | None) -> Reading[WalHolder]:
    return Reading(tuple(await database.rows(WalHolder, "server/wal_held")))


WAL = Probe("wal", "WAL written, synced, full pages in it", Wal, 5.0, _read, deltas=True, over=_over)
WAL_HELD = Probe(
    "wal_held", "the WAL directory, and who holds it back", WalHolder, 15.0, _held, always=True, privilege="pg_monitor"
)
