"""Vacuum: autovacuum's queue, each table's dead and inserted rows against the thresholds that the server goes by."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.progress import command
from gbtui.monitor.server.progress_share import done

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 200
"""Tables in a sample; the others are all further from their thresholds."""


@dataclass(frozen=True, slots=True)
class _Row:
    table: str
    quoted: str
    over_by_dead: float | None
    over_by_inserts: float | None
    dead_rows: int
    dead_threshold: float
    inserted_rows: int
    insert_threshold: float | None
    toast_dead_rows: int
    toast_threshold: float | None
    rows_estimate: float
    enabled: bool
    toast_enabled: bool
    forced: bool
    vacuumed_age: float | None
    pid: int | None
    backend_start: datetime | None
    details: str
    kind: str
    query: str
    server_enabled: bool
    workers: int
    max_workers: int


@dataclass(frozen=True, slots=True)
class VacuumRow:
    """A table with something for vacuum to do, its TOAST table counted in."""

    KEY: ClassVar = ("table",)
    LATER: ClassVar = ("toast_dead_rows", "toast_threshold", "rows_estimate", "workers", "max_workers", "statement",
        "pid", "backend_start", "inserted_rows", "insert_threshold")  # fmt: skip

    table: str
    over: float
    """How many times its threshold: from 1 on autovacuum takes it, at its next round and with a worker free. The
    greatest of dead rows, inserted rows and the TOAST table's dead rows."""
    due: str
    """For what it is due, or nearest to: "dead rows", "TOAST", "inserts"; "wraparound": its ids are past
    autovacuum_freeze_max_age, so that it is vacuumed even where autovacuum is off."""
    dead_rows: int
    vacuumed_age: float | None
    """Seconds since its last vacuum, by hand or automatic; unknown: never since its statistics were reset."""
    off: str
    """What keeps autovacuum from it: "table" (autovacuum_enabled = off), "TOAST" (of its TOAST table), "server"."""
    running: str
    """The vacuum that works on it now, and how far its present phase is."""
    dead_threshold: float
    """Dead rows from which on it is due: base plus scale times the rows, the table's own options before the server's,
    on 18 at most autovacuum_vacuum_max_threshold."""
    inserted_rows: int
    """Since the last vacuum."""
    insert_threshold: float | None
    """Unknown: inserts alone never make it due. On 18 only the rows on pages not frozen yet count into it."""
    toast_dead_rows: int
    toast_threshold: float | None
    rows_estimate: float
    """The planner's estimate, which the thresholds rest on."""
    pid: int | None
    """Of the vacuum that works on it."""
    backend_start: datetime | None
    workers: int
    """Autovacuum workers that run on the whole server."""
    max_workers: int
    statement: str
    """What helps it: a vacuum by hand, or to let autovacuum come again."""

    @property
    def all_dead(self) -> int:
        """With the TOAST table's."""
        return self.dead_rows + self.toast_dead_rows

    @property
    def over_by_dead(self) -> float:
        """As `over`, without inserted rows."""
        toast = self.toast_dead_rows / max(self.toast_threshold, 1.0) if self.toast_threshold is not None else 0.0
        return max(self.dead_rows / max(self.dead_threshold, 1.0), toast)


def shown(row: _Row) -> VacuumRow:
    """The row as people read it."""
    return VacuumRow(
        table=row.table,
        over=max(row.over_by_dead or 0.0, row.over_by_inserts or 0.0),
        due=_due(row),
        dead_rows=row.dead_rows,
        dead_threshold=row.dead_threshold,
        vacuumed_age=row.vacuumed_age,
        running=_running(row),
        off=_off(row),
        inserted_rows=row.inserted_rows,
        insert_threshold=row.insert_threshold,
        toast_dead_rows=row.toast_dead_rows,
        toast_threshold=row.toast_threshold,
        rows_estimate=row.rows_estimate,
        pid=row.pid,
        backend_start=row.backend_start,
        workers=row.workers,
        max_workers=row.max_workers,
        statement=_statement(row),
    )


def _due(row: _Row) -> str:
    if row.forced:
        return "wraparound"
    if (row.over_by_inserts or 0.0) > (row.over_by_dead or 0.0):
        return "inserts"
    toast = row.toast_dead_rows / max(row.toast_threshold or 1.0, 1.0)
    return "TOAST" if toast > row.dead_rows / max(row.dead_threshold, 1.0) else "dead rows"


def _off(row: _Row) -> str:
    if not row.enabled:
        return "table"
    if not row.server_enabled:
        return "server"
    return "" if row.toast_enabled else "TOAST"


def _statement(row: _Row) -> str:
    match _off(row):
        case "table":
            return f"ALTER TABLE {row.quoted} RESET (autovacuum_enabled);"
        case "TOAST":
            return f"ALTER TABLE {row.quoted} RESET (toast.autovacuum_enabled);"
        case _:
            return f"VACUUM (VERBOSE) {row.quoted};"


def _running(row: _Row) -> str:
    if row.pid is None:
        return ""
    details: dict[str, Any] = json.loads(row.details)
    far = done("vacuum", details).share
    phase = str(details.get("phase") or "")
    told = f"{phase} {far * 100:.0f} %" if far is not None else phase
    return f"{command('vacuum', details | {'command': 'by hand'}, row.kind, row.query)}: {told}".removesuffix(": ")


async def _read(database: "Database", _scope: "Scope", _before: Sample[VacuumRow] | None) -> Reading[VacuumRow]:
    rows = await database.rows(_Row, "server/vacuum", LISTED + 1)
    skipped = (f"only the {LISTED} tables furthest over their thresholds are listed",) if len(rows) > LISTED else ()
    return Reading(tuple(shown(row) for row in rows[:LISTED]), skipped=skipped)


def _far(sample: Sample[VacuumRow]) -> Sample[Any]:
    """What the check needs of the past: which tables were due."""
    due = tuple(row.table for row in sample.rows if row.over >= 1)
    return Sample(sample.probe, due, sample.taken_at)


VACUUM = Probe(
    "vacuum",
    "autovacuum's queue: dead and inserted rows against each table's threshold",
    VacuumRow,
    60.0,
    _read,
    always=True,
    privilege="pg_read_all_stats",
    history=15,
    keep=_far,
)
