"""Migrations: which are applied, pending, unknown or changed since."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.resources import migrations
from gbtui.schema.source import Migration, read
from gbtui.schema.status import Entry, Standing, State, read_status

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_WHY_NONE: Final = {
    Standing.FOREIGN: "gbtui did not build this database: its migrations are not ours to tell",
    Standing.EMPTY: "this database is empty",
}


@dataclass(frozen=True, slots=True)
class MigrationRow:
    """One migration of the core set, or one that only the database knows."""

    version: str
    name: str
    state: str
    """"applied", "applied elsewhere" (by Diesel), "pending", "unknown" (not in this version's source)."""
    applied_at: datetime | None
    """By our log; None where another tool applied it: its time is of a zone that nobody wrote down."""
    duration_ms: float | None
    actor: str
    drifted: tuple[str, ...]
    """Files that are not what was applied."""
    late: bool
    """Pending although a younger one is applied."""

    @property
    def is_pending(self) -> bool:
        """Not applied yet."""
        return self.state == State.PENDING.value


@cache
def _source() -> tuple[Migration, ...]:
    return read(migrations("core"))


def _row(entry: Entry) -> MigrationRow:
    return MigrationRow(
        version=entry.version,
        name=entry.name or "",
        state=entry.state.value,
        applied_at=entry.log.applied_at if entry.log else None,
        duration_ms=entry.log.duration_ms if entry.log else None,
        actor=(entry.log.actor or "") if entry.log else "",
        drifted=entry.drifted,
        late=entry.late,
    )


async def _read(database: "Database", _scope: "Scope", _before: Sample[MigrationRow] | None) -> Reading[MigrationRow]:
    async with database.snapshot(as_role=True) as connection:
        status = await read_status(connection, _source())
    if status.standing in _WHY_NONE:
        return Reading((), skipped=(_WHY_NONE[status.standing],))
    return Reading(tuple(_row(entry) for entry in reversed(status.entries)))


MIGRATIONS = Probe(
    "migrations", "schema migrations: applied, pending, changed since", MigrationRow, 60.0, _read, always=True
)
