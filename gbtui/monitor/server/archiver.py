"""The WAL archiver: off, working, behind or failing."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.monitor.privilege import holds
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class _Row:
    mode: str
    in_recovery: bool
    has_command: bool
    wal_level: str
    archived: int
    last_archived_wal: str
    last_archived_age: float | None
    failures: int
    last_failed_wal: str
    last_failed_age: float | None
    stats_reset: datetime | None


@dataclass(frozen=True, slots=True)
class Archiver:
    """The archiver of this server."""

    state: str
    """"off"; "standby" (archive_mode is on, which archives on a primary alone); "no command" (on, with neither
    archive_command nor archive_library, so that WAL piles up); "failing" (the last attempt failed); "working"."""
    mode: str
    """archive_mode: "off", "on", "always"."""
    waiting: int | None
    """WAL files that wait to be archived; the server keeps them until they are."""
    oldest_age: float | None
    """Seconds the oldest of them has waited."""
    archived: int
    """Since `stats_reset`."""
    last_archived_wal: str
    last_archived_age: float | None
    """Seconds since the last success."""
    failures: int
    last_failed_wal: str
    last_failed_age: float | None
    """Seconds since the last failure."""
    wal_level: str
    stats_reset: datetime | None


@dataclass(frozen=True, slots=True)
class _Backlog:
    waiting: int
    oldest_age: float | None


def state(row: _Row) -> str:
    """What it does, in a word or two."""
    if row.mode == "off":
        return "off"
    if row.in_recovery and row.mode != "always":
        return "standby"
    if not row.has_command:
        return "no command"
    failure, success = row.last_failed_age, row.last_archived_age
    return "failing" if failure is not None and (success is None or failure < success) else "working"


async def _read(database: "Database", _scope: "Scope", _before: Sample[Archiver] | None) -> Reading[Archiver]:
    (row,) = await database.rows(_Row, "server/archiver")
    facts = database.facts
    sees_all = holds(facts, "pg_monitor")
    skipped: tuple[str, ...] = ()
    backlog = _Backlog(0, None)
    if row.mode != "off" and sees_all:
        (backlog,) = await database.rows(_Backlog, "server/archiver_backlog")
    elif row.mode != "off":
        skipped = (f'how many WAL files wait is not told: GRANT pg_monitor TO "{facts.user}"',)
    kept = {field.name: getattr(row, field.name) for field in fields(_Row)}
    del kept["in_recovery"], kept["has_command"]
    waiting = backlog.waiting if sees_all or row.mode == "off" else None
    told = Archiver(state=state(row), waiting=waiting, oldest_age=backlog.oldest_age, **kept)
    return Reading((told,), skipped=skipped)


ARCHIVER = Probe(
    "archiver", "the WAL archiver: off, working, behind or failing", Archiver, 30.0, _read, always=True, history=20
)
