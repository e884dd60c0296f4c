"""Temporary files by the backend that made them: whose sort or hash fills the disk now."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server import tags
from gbtui.monitor.server.activity import TEXT

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_SHORTEST: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Row:
    pid: int
    size_bytes: int
    files: int
    tablespaces: str
    written_at: datetime
    database: str
    user: str
    application: str
    client: str
    state: str
    transaction_age: float | None
    query_age: float | None
    backend_start: datetime | None
    query: str


@dataclass(frozen=True, slots=True)
class TempFiles:
    """The temporary files of one backend, those of its parallel workers included."""

    KEY: ClassVar = ("pid", "backend_start")

    pid: int
    size_bytes: int
    growth_bytes_per_s: float | None
    """Since the reading before; below zero it gives back."""
    files: int
    state: str
    """"active", "idle in transaction" (an open cursor keeps its files) …; "gone": left behind by a crash, removed at
    the next start of the server."""
    query_age: float | None
    """Seconds since its statement began; None while none runs."""
    transaction_age: float | None
    user: str
    application: str
    database: str
    client: str
    tenant: str
    """From a tag in front of the statement or in application_name; "" without one."""
    tablespaces: str
    """Where the files lie (temp_tablespaces)."""
    written_at: datetime
    """When one of them was last written."""
    backend_start: datetime | None
    query: str
    """Its statement, or the last one where it is idle; cut."""


_Seen: TypeAlias = Mapping[tuple[int, datetime | None], int]


async def _read(database: "Database", _scope: "Scope", before: Sample[TempFiles] | None) -> Reading[TempFiles]:
    raw = await database.rows(_Row, "server/temp_files", TEXT)
    at = datetime.now(UTC)
    seconds = (at - before.memory).total_seconds() if before and before.memory else 0.0
    seen: _Seen = {(row.pid, row.backend_start): row.size_bytes for row in before.rows} if before else {}
    rows = [_row(row, seen.get((row.pid, row.backend_start)), seconds) for row in raw]
    return Reading(tuple(rows), memory=at)


def _row(raw: _Row, before: int | None, seconds: float) -> TempFiles:
    known = before is not None and seconds >= _SHORTEST
    kept = {field.name: getattr(raw, field.name) for field in fields(_Row)}
    growth = (raw.size_bytes - before) / seconds if known and before is not None else None
    return TempFiles(**kept, growth_bytes_per_s=growth, tenant=tags.tenant(tags.tags(raw.query, raw.application)))


TEMP_FILES = Probe(
    "temp_files",
    "temporary files by the backend that made them",
    TempFiles,
    5.0,
    _read,
    always=True,
    privilege="pg_monitor",
)
