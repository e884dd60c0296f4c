"""Checkpoints and the background writer over the window: how often, why, how long, and who writes the pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import Moment, Window, counted, growth, since_another

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_SPLIT: Final = 170000
"""From this version on checkpointer and background writer have a view each."""
_COUNTERS: Final = (
    "timed", "requested", "write_time", "sync_time", "checkpoint_buffers", "cleaner_buffers", "cleaner_stops",
    "allocated_buffers", "backend_buffers", "backend_fsyncs",
)  # fmt: skip

_CLEANERS: Final = ("cleaner_buffers", "cleaner_stops", "allocated_buffers")
_BACKENDS: Final = ("backend_buffers", "backend_fsyncs")


@dataclass(frozen=True, slots=True)
class _Row:
    timed: int
    requested: int
    write_time: float
    sync_time: float
    checkpoint_buffers: int
    cleaner_buffers: int
    cleaner_stops: int
    allocated_buffers: int
    backend_buffers: int
    backend_fsyncs: int
    stats_reset: datetime | None
    cleaner_reset: datetime | None
    backends_reset: datetime | None
    at: datetime
    started_at: datetime
    last_at: datetime | None
    wal_since_bytes: int | None
    timeout_age: float
    max_wal_bytes: int
    block_bytes: int


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """What was done in the window; on a standby restart points are counted instead."""

    timed: int | None
    """Begun because checkpoint_timeout was over."""
    requested: int | None
    """Begun before that: WAL had reached max_wal_size, or somebody asked (CHECKPOINT, a backup, CREATE DATABASE)."""
    every_age: float | None
    """Seconds from one to the next, on average; None for less than two."""
    timeout_age: float
    """checkpoint_timeout in seconds."""
    last_at: datetime | None
    """When the last one that is complete began."""
    wal_since_bytes: int | None
    """WAL since then: what a crash now would have to replay at most."""
    max_wal_bytes: int
    """max_wal_size: WAL at which the next one is requested."""
    write_ms: float | None
    """Time a checkpoint spends writing, on average; it is spread on purpose (checkpoint_completion_target)."""
    sync_ms: float | None
    """Time a checkpoint spends until the disk has it, on average: everybody feels this."""
    checkpoint_bytes_per_s: float | None
    """Pages written by checkpoints."""
    cleaner_bytes_per_s: float | None
    """Pages written by the background writer, ahead of need."""
    backend_bytes_per_s: float | None
    """Pages written by sessions themselves, who waited for it; new pages and bulk loads count too."""
    allocated_bytes_per_s: float | None
    """Buffers given to pages that came in."""
    cleaner_stops: int | None
    """Times the background writer stopped because it had written enough for one round (bgwriter_lru_maxpages)."""
    backend_fsyncs: int | None
    """Times a session had to fsync by itself, because the checkpointer's queue was full: should be 0."""


async def _read(database: "Database", _scope: "Scope", before: Sample[Checkpoints] | None) -> Reading[Checkpoints]:
    split = database.facts.version_num >= _SPLIT
    (row,) = await database.rows(_Row, "server/checkpoints" if split else "server/checkpoints_before_17")
    epoch = row.started_at, row.stats_reset, row.cleaner_reset, row.backends_reset
    return counted(before, Moment(row.at, {"": row}, epoch, row.stats_reset), _over)


def _over(window: Window[str, _Row], _own: None) -> Reading[Checkpoints]:
    now = window.now.counters[""]
    grown = growth(window.before(""), now, _COUNTERS) if window.known else None
    resets = dict.fromkeys(_CLEANERS, now.cleaner_reset) | dict.fromkeys(_BACKENDS, now.backends_reset)
    apart = since_another(window, resets)
    said = ("the background writer or the sessions are counted since another reset: no rates of theirs",)
    row = _row(now, grown | apart if grown else None, window.seconds)
    return Reading((row,), window.seconds, said if apart else ())


def _row(now: _Row, grown: dict[str, Any] | None, seconds: float | None) -> Checkpoints:
    def bytes_a_second(name: str) -> float | None:
        pages = grown[name] if grown else None
        return pages * now.block_bytes / seconds if pages is not None and seconds else None

    number = grown["timed"] + grown["requested"] if grown else 0
    ended = number if grown and grown["write_time"] else 0  # one is counted when it begins, its times when it ends
    return Checkpoints(
        timed=grown["timed"] if grown else None,
        requested=grown["requested"] if grown else None,
        every_age=seconds / number if seconds and number > 1 else None,
        timeout_age=now.timeout_age,
        last_at=now.last_at,
        wal_since_bytes=None if now.wal_since_bytes is None else max(0, now.wal_since_bytes),
        max_wal_bytes=now.max_wal_bytes,
        write_ms=grown["write_time"] / ended if grown and ended else None,
        sync_ms=grown["sync_time"] / ended if grown and ended else None,
        checkpoint_bytes_per_s=bytes_a_second("checkpoint_buffers"),
        cleaner_bytes_per_s=bytes_a_second("cleaner_buffers"),
        backend_bytes_per_s=bytes_a_second("backend_buffers"),
        allocated_bytes_per_s=bytes_a_second("allocated_buffers"),
        cleaner_stops=grown["cleaner_stops"] if grown else None,
        backend_fsyncs=grown["backend_fsyncs"] if grown else None,
    )


CHECKPOINTS = Probe(
    "checkpoints",
    "checkpoints: how often, why, how long; who writes pages",
    Checkpoints,
    10.0,
    _read,
    always=True,
    deltas=True,
    over=_over,
)
