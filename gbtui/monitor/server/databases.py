"""Databases: size, connections, and how near their transaction ids are to the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.measuring import Measured, measure

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    name: str
    owner: str
    connectable: bool
    connections: int
    connection_limit: int
    xid_age: int
    mxid_age: int
    freeze_max_age: int
    failsafe_age: int
    mxid_freeze_max_age: int
    mxid_failsafe_age: int
    deadlocks: int
    temp_bytes: int
    checksum_failures: int
    stats_reset: datetime | None
    measurable: bool


@dataclass(frozen=True, slots=True)
class DatabaseRow:
    """One database of the server."""

    name: str
    owner: str
    size_bytes: int | None
    measured_at: datetime | None
    connections: int
    connection_limit: int
    """-1: none."""
    connectable: bool
    xid_age: int
    """Transactions since its oldest unfrozen one; the server refuses writes shortly before 2,147,483,648."""
    mxid_age: int
    freeze_max_age: int
    """autovacuum_freeze_max_age: from this age on autovacuum is forced."""
    failsafe_age: int
    """vacuum_failsafe_age: from this age on vacuum drops everything else to keep up."""
    mxid_freeze_max_age: int
    mxid_failsafe_age: int
    deadlocks: int
    """Since `stats_reset`."""
    temp_bytes: int
    checksum_failures: int
    stats_reset: datetime | None


async def _read(database: "Database", _scope: "Scope", before: Sample[DatabaseRow] | None) -> Reading[DatabaseRow]:
    raw = await database.rows(_Row, "server/databases")
    known: Mapping[int, Measured] = before.memory if before else {}
    sizes = await measure(database, "server/database_sizes", [row.id for row in raw if row.measurable], known)
    skipped = [f"{row.name}: no right to ask for its size (CONNECT)" for row in raw if not row.measurable]
    failed = ((row.name, sizes[row.id].why) for row in raw if row.id in sizes)
    skipped += [f"{name}: size not measured: {why}" for name, why in failed if why]
    return Reading(tuple(_shown(row, sizes.get(row.id)) for row in raw), skipped=tuple(skipped), memory=sizes)


def _shown(row: _Row, size: Measured | None) -> DatabaseRow:
    return DatabaseRow(
        name=row.name,
        owner=row.owner,
        size_bytes=size.size if size else None,
        measured_at=size.at if size and size.size is not None else None,
        connections=row.connections,
        connection_limit=row.connection_limit,
        connectable=row.connectable,
        xid_age=row.xid_age,
        mxid_age=row.mxid_age,
        freeze_max_age=row.freeze_max_age,
        failsafe_age=row.failsafe_age,
        mxid_freeze_max_age=row.mxid_freeze_max_age,
        mxid_failsafe_age=row.mxid_failsafe_age,
        deadlocks=row.deadlocks,
        temp_bytes=row.temp_bytes,
        checksum_failures=row.checksum_failures,
        stats_reset=row.stats_reset,
    )


DATABASES = Probe(
    "databases", "databases: size, connections, age of transaction ids", DatabaseRow, 60.0, _read, always=True
)
