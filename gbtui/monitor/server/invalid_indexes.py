"""Indexes that no query may use: left over from a build that failed, or being built now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class InvalidIndex:
    """One of them."""

    schema: str
    table_name: str
    name: str
    partitioned: bool
    """It is invalid until every partition has one attached to it."""
    is_unique: bool
    ready: bool
    """Whether it follows what is written; a unique one then still refuses duplicates."""
    about_bytes: int
    """As the catalog has it."""
    building: bool
    """It is being built now; of a build that cannot be seen (by this role, on a standby), whether there may be one."""
    of_reindex: bool
    """It was made by REINDEX CONCURRENTLY, beside the one that it was to replace."""


async def _read(database: "Database", _scope: "Scope", _before: Sample[InvalidIndex] | None) -> Reading[InvalidIndex]:
    return Reading(tuple(await database.rows(InvalidIndex, "server/invalid_indexes")))


INVALID_INDEXES = Probe("invalid_indexes", "indexes that no query may use", InvalidIndex, 300.0, _read, always=True)
