"""What went wrong in each database over the window: rollbacks, deadlocks, conflicts, sessions that did not end well."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import RESET, Moment, Window, counted, growth

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

CONFLICTS: Final = {
    "conflicts_tablespace": "tablespace",
    "conflicts_lock": "lock",
    "conflicts_snapshot": "snapshot",
    "conflicts_bufferpin": "buffer pin",
    "conflicts_deadlock": "deadlock",
    "conflicts_logical_slot": "logical slot",
}
_COUNTERS: Final = (
    "commits", "rollbacks", "deadlocks", "conflicts", *CONFLICTS, "checksum_failures", "sessions",
    "sessions_abandoned", "sessions_fatal", "sessions_killed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    database: str
    commits: int
    rollbacks: int
    deadlocks: int
    conflicts: int
    conflicts_tablespace: int
    conflicts_lock: int
    conflicts_snapshot: int
    conflicts_bufferpin: int
    conflicts_deadlock: int
    conflicts_logical_slot: int
    checksum_failures: int
    checksum_last_failure: datetime | None
    sessions: int
    sessions_abandoned: int
    sessions_fatal: int
    sessions_killed: int
    stats_reset: datetime | None
    at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Errors:
    """One database; counts are those of the window."""

    KEY: ClassVar = ("database",)

    database: str
    rollbacks: int | None
    rollback_share: float | None
    """Of all transactions, 0 to 1; None without any. An application may roll back on purpose."""
    deadlocks: int | None
    """The server ended one of each pair."""
    conflicts: int | None
    """On a standby: statements cancelled because replay could not wait for them."""
    conflict_kinds: str
    """What they were about: "snapshot 3" (vacuum on the primary removed rows they still saw), "lock", "buffer pin" …"""
    checksum_failures: int | None
    checksum_last_failure: datetime | None
    abandoned: int | None
    """Sessions whose client vanished."""
    fatal: int | None
    """Sessions ended by an error that no session survives."""
    killed: int | None
    """Sessions ended by an operator."""
    sessions: int | None
    """Sessions begun."""
    stats_reset: datetime | None
    """Since when the server counts; None: since it was made."""


async def _read(database: "Database", _scope: "Scope", before: Sample[Errors] | None) -> Reading[Errors]:
    found = await database.rows(_Row, "server/errors")
    moment = Moment(found[0].at, {row.database: row for row in found}, found[0].started_at)
    return counted(before, moment, _over)


def _over(window: Window[str, _Row], _own: None) -> Reading[Errors]:
    rows, anew = [], []
    for name, now in sorted(window.now.counters.items()):
        before = window.before(name)
        reset = before is not None and before.stats_reset != now.stats_reset
        grown = growth(before, now, _COUNTERS) if window.known and not reset else None
        if window.known and grown is None:
            anew.append(f"{name}: its statistics were reset within this window")
        rows.append(_row(now, grown))
    rows.sort(key=lambda row: -_weight(row))
    seconds = None if window.span == RESET else window.seconds
    return Reading(tuple(rows), seconds, tuple(anew))


def _weight(row: Errors) -> float:
    """What is never well before what may be meant so."""
    bad = (row.checksum_failures, row.deadlocks, row.conflicts, row.abandoned, row.fatal, row.killed)
    return 1e9 * sum(number or 0 for number in bad) + (row.rollbacks or 0)


def _row(now: _Row, grown: dict[str, Any] | None) -> Errors:
    count = grown or dict.fromkeys(_COUNTERS)
    all_ended = grown["commits"] + grown["rollbacks"] if grown else 0
    kinds = [f"{kind} {number}" for name, kind in CONFLICTS.items() if (number := count[name])]
    return Errors(
        database=now.database,
        rollbacks=count["rollbacks"],
        rollback_share=grown["rollbacks"] / all_ended if grown and all_ended else None,
        deadlocks=count["deadlocks"],
        conflicts=count["conflicts"],
        conflict_kinds=", ".join(kinds),
        checksum_failures=count["checksum_failures"],
        checksum_last_failure=now.checksum_last_failure,
        abandoned=count["sessions_abandoned"],
        fatal=count["sessions_fatal"],
        killed=count["sessions_killed"],
        sessions=count["sessions"],
        stats_reset=now.stats_reset,
    )


ERRORS = Probe(
    "errors",
    "rollbacks, deadlocks, conflicts, sessions cut off",
    Errors,
    5.0,
    _read,
    always=True,
    deltas=True,
    over=_over,
)
