"""Statements over a window: which of them matter, and what they did in it. Pure."""

import heapq
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, sub
from typing import Final, NamedTuple, TypeAlias

from gbtui import text
from gbtui.monitor.sample import Reading
from gbtui.monitor.window import RESET, Window

Key: TypeAlias = tuple[int, int, int, bool]
"""Query id, user, database, and whether it was called by a client itself, not inside a function."""

FORGOTTEN: Final[Key] = (0, 0, 0, False)
"""Stands for the server itself: its calls are the times that it had to forget the statements seen least."""
LISTED: Final = 50
"""So many statements are listed by each figure that one may sort by; the others are counted and summed up."""
_BLOCK: Final = 8192
_COMMENT: Final = re.compile(r"^\s*(/\*.*?\*/\s*)+", re.DOTALL)


class Counters(NamedTuple):
    """What a statement did since it was first seen, or since the reset."""

    calls: int
    exec_ms: float
    plan_ms: float
    rows: int
    blocks_hit: int
    blocks_read: int
    temp_blocks: int
    io_ms: float
    wal_bytes: int


class Entry(NamedTuple):
    """A statement's counters, and what is no counter."""

    counters: Counters
    max_ms: float
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Text:
    """What a statement says, and whose it is."""

    query: str
    query_length: int
    user: str
    database: str


@dataclass(slots=True)
class Known:
    """What is known of statements besides their counters."""

    texts: dict[Key, Text] = field(default_factory=dict)
    lacking: set[Key] = field(default_factory=set)
    """Statements that were listed without a text: to be read with the next counters."""
    available: str = ""
    """The extension's version in the server's files."""
    source: str = ""
    """The statement that reads the counters."""
    io_timing: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement in the window; times are execution, without planning."""

    query_id: int
    user: str
    database: str
    query: str | None
    """Normalized by the server, its first caller's comment among it; cut at 10,000 signs. None: not read yet."""
    calls_per_s: float | None
    mean_ms: float | None
    mean_change: float | None
    """The mean in the window over the mean before it, since the reset; None: no calls on one of the sides."""
    time_share: float | None
    """Share (0 to 1) of the time of all statements in the window."""
    total_ms: float
    calls: int
    rows: int
    rows_per_call: float | None
    io_ms: float | None
    """Waiting for blocks and temporary files; None: track_io_timing is off."""
    cache_hit: float | None
    read_bytes: int
    """Blocks that shared buffers did not hold, from the file system or its cache."""
    temp_bytes: int
    """Written to temporary files."""
    wal_bytes: int
    plan_ms: float
    """0 unless pg_stat_statements.track_planning is on."""
    first_seen: datetime | None
    """Since when it is counted; None: the extension is older than 1.11 (PostgreSQL 17)."""
    new: bool
    """Not there when the window began."""
    toplevel: bool
    """Called by a client itself; no: inside a function."""
    calls_since_reset: int
    mean_ms_since_reset: float | None
    max_ms: float
    """The slowest call since the reset."""
    query_length: int | None
    user_id: int
    database_id: int

    @property
    def line(self) -> str:
        """The statement on one line, without the comment in front, which is only its first caller's."""
        if self.query is None:
            return f"query {self.query_id}, its text is not read yet"
        return " ".join(_COMMENT.sub("", self.query, count=1).split()) or " ".join(self.query.split())


_RANKS: Final[tuple[Callable[[Counters], float], ...]] = (
    *map(attrgetter, ("exec_ms", "calls", "rows", "io_ms", "blocks_read", "temp_blocks", "wal_bytes", "plan_ms")),
    lambda step: step.exec_ms / step.calls if step.calls else 0.0,
)
_NOTHING: Final = Counters(0, 0.0, 0.0, 0, 0, 0, 0, 0.0, 0)


def over(window: Window[Key, Entry], known: Known) -> Reading[StatementRow]:
    """The statements that did most in the window, by any figure; those who did most in time come first."""
    grown = _grown(window)
    forgotten = grown.pop(FORGOTTEN, _NOTHING).calls
    whole = sum(step.exec_ms for step in grown.values())
    chosen = _chosen(grown)
    known.lacking.update(key for key in chosen if key not in known.texts)
    rows = [_row(key, grown[key], window, known, whole) for key in chosen]
    rows.sort(key=lambda row: (-row.total_ms, row.query_id, row.user_id, row.database_id, row.toplevel))
    left = sum(step.calls > 0 for step in grown.values()) - len(rows)
    remarks = list(known.remarks)
    if left > 0:
        share = sum(step.exec_ms for key, step in grown.items() if key not in chosen) / whole if whole else 0.0
        remarks.append(f"not listed: {text.count(left)} more, less by every figure, {text.percent(share)} of the time")
    if forgotten:
        remarks.append(f"statements were forgotten {text.count(forgotten)} times: raise pg_stat_statements.max")
    return Reading(tuple(rows), window.seconds, tuple(remarks))


def _grown(window: Window[Key, Entry]) -> dict[Key, Counters]:
    """What each statement that ran in the window did in it.

    One whose counters went back, or that was not there, began in the window: all it counts lies in it.
    """
    now = window.now.counters
    if window.span == RESET:
        return {key: entry.counters for key, entry in now.items() if entry.counters.calls}
    grown = {}
    for key, before in window.changed.items():
        entry = now.get(key)
        if entry is None:
            continue
        step = entry.counters
        if before is not None and before.since == entry.since:
            less = Counters(*map(sub, step, before.counters))
            step = less if min(less) >= 0 else step
        if step.calls:
            grown[key] = step
    return grown


def _chosen(grown: Mapping[Key, Counters]) -> set[Key]:
    chosen: set[Key] = set()
    for rank in _RANKS:
        first = heapq.nlargest(LISTED, grown, key=lambda key: rank(grown[key]))
        chosen.update(key for key in first if rank(grown[key]) > 0)
    return chosen


def _row(key: Key, step: Counters, window: Window[Key, Entry], known: Known, whole: float) -> StatementRow:
    entry, said = window.now.counters[key], known.texts.get(key)
    before = window.before(key)
    old = before.counters if before is not None and before.since == entry.since else _NOTHING
    old = old if old.calls <= entry.counters.calls else _NOTHING
    mean, mean_before = _mean(step), _mean(old)
    asked = step.blocks_hit + step.blocks_read
    return StatementRow(
        query_id=key[0],
        user=said.user if said else "",
        database=said.database if said else "",
        query=said.query if said else None,
        calls_per_s=step.calls / window.seconds if window.seconds else None,
        mean_ms=mean,
        mean_change=mean / mean_before if mean is not None and mean_before else None,
        time_share=step.exec_ms / whole if whole else None,
        total_ms=step.exec_ms,
        calls=step.calls,
        rows=step.rows,
        rows_per_call=step.rows / step.calls if step.calls else None,
        io_ms=step.io_ms if known.io_timing or step.io_ms else None,
        cache_hit=step.blocks_hit / asked if asked else None,
        read_bytes=step.blocks_read * _BLOCK,
        temp_bytes=step.temp_blocks * _BLOCK,
        wal_bytes=step.wal_bytes,
        plan_ms=step.plan_ms,
        first_seen=entry.since,
        new=window.span != RESET and before is None,
        toplevel=key[3],
        calls_since_reset=entry.counters.calls,
        mean_ms_since_reset=_mean(entry.counters),
        max_ms=entry.max_ms,
        query_length=said.query_length if said else None,
        user_id=key[1],
        database_id=key[2],
    )


def _mean(step: Counters) -> float | None:
    return step.exec_ms / step.calls if step.calls else None
