"""Connections: how many there are, of whom, and how many more fit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_GROUPS = 500


@dataclass(frozen=True, slots=True)
class Connections:
    """Client connections of the whole server."""

    used: int
    active: int
    idle: int
    idle_in_transaction: int
    """Aborted ones included."""
    idle_in_transaction_aborted: int
    waiting_for_locks: int
    """Backends of any kind."""
    own: int
    """gbtui's connections, those of other consoles included."""
    walsenders: int
    """They have slots of their own (max_wal_senders)."""
    new_in_last_minute: int
    """Connections alive that began within the last minute."""
    max_connections: int
    reserved: int
    """Slots only superusers and (16 and later) pg_use_reserved_connections may take."""
    most_of: str = ""
    """Application (or user) that holds more of them than any other."""
    server_processes: int = 0
    """The server's own processes (checkpointer, writers, launchers …), which are no connections."""

    @property
    def free(self) -> int:
        """Slots left for everybody."""
        return max(0, self.max_connections - self.reserved - self.used)


@dataclass(frozen=True, slots=True)
class ConnectionGroup:
    """Client connections alike in user, application, database, client address and state."""

    user: str
    application: str
    database: str
    client: str
    """Address, or "local" for a socket."""
    state: str
    connections: int
    oldest: float
    """Age in seconds of the oldest connection."""
    longest_in_state: float | None
    """Seconds since the state last changed, of the one that changed longest ago."""
    new_in_last_minute: int
    own: bool
    """gbtui's."""


async def _read_connections(
    database: "Database", _scope: "Scope", _before: Sample[Connections] | None
) -> Reading[Connections]:
    return Reading(tuple(await database.rows(Connections, "server/connections")))


async def _read_pool(
    database: "Database", _scope: "Scope", _before: Sample[ConnectionGroup] | None
) -> Reading[ConnectionGroup]:
    rows = await database.rows(ConnectionGroup, "server/pool", _GROUPS + 1)
    said = [f"this console holds {database.open_connections} of at most {database.pool_size} connections"]
    if len(rows) > _GROUPS:
        said.append(f"only the {_GROUPS} largest groups are listed")
    return Reading(tuple(rows[:_GROUPS]), skipped=tuple(said))


CONNECTIONS = Probe(
    "connections",
    "client connections by state against max_connections",
    Connections,
    1.0,
    _read_connections,
    always=True,
    privilege="pg_read_all_stats",
    history=600,
)
POOL = Probe(
    "pool",
    "client connections by user, application, database, client and state",
    ConnectionGroup,
    2.0,
    _read_pool,
    privilege="pg_read_all_stats",
)
