"""Who answers, how fast, in which role."""

import asyncio
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class _Row:
    version: str
    version_num: int
    in_recovery: bool
    started_at: datetime
    uptime: float
    configured_at: datetime
    server_time: datetime
    database: str
    user: str
    address: str
    tls: str


@dataclass(frozen=True, slots=True)
class Connectivity:
    """The server as it answered just now."""

    role: str
    """"primary" or "standby", asked anew each time: a standby may be promoted while watched."""
    version: str
    version_num: int
    round_trip: float
    """Seconds from asking to the answer, the statement's own time (well under a millisecond) included."""
    started_at: datetime
    uptime: float
    """Seconds since the postmaster started."""
    configured_at: datetime
    """When the configuration was last loaded."""
    server_time: datetime
    database: str
    user: str
    address: str
    """Where the server says it was reached: "address:port", or "local socket"."""
    tls: str
    """TLS version of our line; "" where it is not encrypted."""


async def _read(database: "Database", _scope: "Scope", _before: Sample[Connectivity] | None) -> Reading[Connectivity]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    (row,) = await database.rows(_Row, "server/connectivity")
    round_trip = loop.time() - began
    if row.in_recovery != database.facts.in_recovery or row.version_num != database.facts.version_num:
        await database.refresh_facts()
    kept = {field.name: getattr(row, field.name) for field in fields(_Row) if field.name != "in_recovery"}
    role = "standby" if row.in_recovery else "primary"
    return Reading((Connectivity(role=role, round_trip=round_trip, **kept),))


CONNECTIVITY = Probe(
    "connectivity",
    "round trip, version, role, uptime, TLS",
    Connectivity,
    1.0,
    _read,
    always=True,
    history=120,
    harmless=True,
)
