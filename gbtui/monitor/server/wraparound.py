"""Wraparound: the tables of this database whose transaction and multixact ids are oldest."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui.monitor.privilege import holds
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class WraparoundRow:
    """A table with its TOAST table; those nearest to a forced vacuum come first."""

    KEY: ClassVar = ("table",)
    LATER: ClassVar = ("freeze_max_age", "mxid_freeze_max_age", "database", "backend_start")

    table: str
    xid_age: int
    """Transactions since its oldest unfrozen one."""
    xid_share: float
    """Of the way to the end, 2,147,483,648; the server refuses to write shortly before."""
    mxid_age: int
    """The same in multixact ids, which row locks shared by several transactions use up."""
    mxid_share: float
    freeze_max_age: int
    """Age from which on autovacuum is forced on it: the server's, or the table's own where that is lower."""
    mxid_freeze_max_age: int
    vacuumed_age: float | None
    """Seconds since its last vacuum; unknown: never since its statistics were reset."""
    toast: bool
    """The older ids are its TOAST table's."""
    temporary: bool
    """A session's own: autovacuum never touches it, only its session can vacuum it; or the session's end drops it."""
    pid: int | None
    """Of the vacuum that works on it now."""
    backend_start: datetime | None
    statement: str
    """What brings its age down, once nothing holds the horizon back; "" of a temporary one."""
    database: str


async def _read(database: "Database", _scope: "Scope", _before: Sample[WraparoundRow] | None) -> Reading[WraparoundRow]:
    rows = await database.rows(WraparoundRow, "server/wraparound", LISTED + 1)
    skipped = [f"only the {LISTED} tables with the oldest ids are listed"] if len(rows) > LISTED else []
    if not holds(database.facts, "pg_read_all_stats"):
        skipped.append(f'which vacuum works on them is not told: GRANT pg_monitor TO "{database.facts.user}"')
    return Reading(tuple(rows[:LISTED]), skipped=tuple(skipped))


WRAPAROUND = Probe(
    "wraparound",
    "the tables of this database with the oldest transaction and multixact ids",
    WraparoundRow,
    300.0,
    _read,
    always=True,
)
