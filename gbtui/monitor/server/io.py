"""Who reads and writes what: pg_stat_io (PostgreSQL 16 and later) over the window."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample
from gbtui.monitor.window import Moment, Window, counted, growth

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_FROM: Final = 160000
_COUNTERS: Final = (
    "reads", "read_bytes", "read_time", "writes", "write_bytes", "write_time", "extends", "extend_bytes", "hits",
    "evictions", "fsyncs", "fsync_time",
)  # fmt: skip
_Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    backend: str
    object: str
    context: str
    reads: int
    read_bytes: int
    read_time: float
    writes: int
    write_bytes: int
    write_time: float
    extends: int
    extend_bytes: int
    hits: int
    evictions: int
    fsyncs: int
    fsync_time: float
    stats_reset: datetime | None
    at: datetime
    started_at: datetime
    timed: bool


@dataclass(frozen=True, slots=True)
class IoRow:
    """One kind of process doing one kind of input and output, over the window."""

    KEY: ClassVar = ("backend", "object", "context")

    backend: str
    """"client backend", "autovacuum worker", "checkpointer" …"""
    object: str
    """"relation", "temp relation" (temporary tables; spilled sorts are not counted here), "wal" (18 and later)."""
    context: str
    """"normal" (shared buffers), or a ring of its own: "bulkread" (large scans), "bulkwrite", "vacuum"; "init"."""
    read_bytes_per_s: float | None
    """Asked of the operating system, whose cache may have answered."""
    write_bytes_per_s: float | None
    extend_bytes_per_s: float | None
    """Written behind the end of tables and indexes that grow."""
    hit_share: float | None
    """Share (0 to 1) of its block requests that shared buffers answered; None without requests."""
    reads_per_s: float | None
    writes_per_s: float | None
    evictions_per_s: float | None
    """Blocks thrown out of shared buffers to make room."""
    fsyncs_per_s: float | None
    read_ms: float | None
    """Mean time of a read; None where nothing was read, or track_io_timing is off."""
    write_ms: float | None


async def _read(database: "Database", _scope: "Scope", before: Sample[IoRow] | None) -> Reading[IoRow]:
    if database.facts.version_num < _FROM:
        return Reading((), skipped=(f"{ABSENT}needs PostgreSQL 16, older servers keep no pg_stat_io",))
    found = await database.rows(_Row, "server/io")
    if not found:
        return Reading(())
    counters = {(row.backend, row.object, row.context): row for row in found}
    resets = {row.stats_reset for row in found}
    reset = resets.pop() if len(resets) == 1 else None
    return counted(before, Moment(found[0].at, counters, (found[0].started_at, reset), reset), _over)


def _over(window: Window[_Key, _Row], _own: None) -> Reading[IoRow]:
    found, rested = [], 0
    for key, now in window.now.counters.items():
        # What was not listed had counted nothing yet.
        grown = growth(window.before(key), now, _COUNTERS) if window.known else None
        if grown is not None and not any(grown[name] for name in ("reads", "writes", "extends", "hits", "fsyncs")):
            rested += 1
            continue
        moved = sum(grown[name] for name in ("read_bytes", "write_bytes", "extend_bytes")) if grown else 0
        found.append((moved, grown["hits"] if grown else 0, _row(now, grown, window.seconds)))
    found.sort(key=lambda one: (-one[0], -one[1], one[2].backend, one[2].object, one[2].context))
    skipped = (f"{rested} kinds that did nothing in this window are not listed",) if rested else ()
    return Reading(tuple(row for _, _, row in found), window.seconds, skipped)


def _row(now: _Row, grown: dict[str, Any] | None, seconds: float | None) -> IoRow:
    def a_second(name: str) -> float | None:
        return grown[name] / seconds if grown and seconds else None

    def mean(time: str, number: str) -> float | None:
        return grown[time] / grown[number] if grown and now.timed and grown[number] else None

    asked = grown["hits"] + grown["reads"] if grown else 0
    return IoRow(
        backend=now.backend,
        object=now.object,
        context=now.context,
        read_bytes_per_s=a_second("read_bytes"),
        write_bytes_per_s=a_second("write_bytes"),
        extend_bytes_per_s=a_second("extend_bytes"),
        hit_share=grown["hits"] / asked if grown and asked and now.object != "wal" else None,
        reads_per_s=a_second("reads"),
        writes_per_s=a_second("writes"),
        evictions_per_s=a_second("evictions"),
        fsyncs_per_s=a_second("fsyncs"),
        read_ms=mean("read_time", "reads"),
        write_ms=mean("write_time", "writes"),
    )


IO = Probe(
    "io",
    "who reads and writes what, from pg_stat_io (16 and later)",
    IoRow,
    5.0,
    _read,
    deltas=True,
    over=_over,
)
