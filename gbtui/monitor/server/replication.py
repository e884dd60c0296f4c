"""Replication: those who follow this server, whom it follows, and the slots that hold WAL back."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Follower:
    """A standby or another receiver of this server's WAL. The bytes of each stage add up to `behind_bytes`."""

    pid: int
    name: str
    user: str
    client: str
    state: str
    """"streaming", "catchup", "startup", "backup", "stopping"."""
    sync: str
    slot: str
    unsent_bytes: int | None
    unwritten_bytes: int | None
    unflushed_bytes: int | None
    unreplayed_bytes: int | None
    behind_bytes: int | None
    write_lag: float | None
    """Seconds, as the server last measured them; None when nothing was written of late."""
    flush_lag: float | None
    replay_lag: float | None
    reply_age: float | None
    """Seconds since its last sign of life."""
    backend_start: datetime | None


@dataclass(frozen=True, slots=True)
class Standby:
    """This server as a standby."""

    receiver: str
    """"streaming" …; "" means no WAL receiver runs: then nothing new arrives, however small the delay looks."""
    sender: str
    has_sender: bool
    """primary_conninfo names a primary (False too where the role may not see it: pg_read_all_settings)."""
    slot: str
    last_message_age: float | None
    """Seconds since the sender was last heard."""
    unreplayed_bytes: int | None
    """Received, not yet replayed."""
    replay_delay: float | None
    """Seconds: 0 when all that was received is replayed and the receiver streams, else the age of the last replayed
    transaction."""
    paused: bool | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A replication slot."""

    name: str
    kind: str
    plugin: str
    database: str
    temporary: bool
    active: bool
    active_pid: int | None
    retained_bytes: int | None
    """WAL that cannot be removed because of it."""
    unconfirmed_bytes: int | None
    """Of a logical slot: what its receiver has not confirmed."""
    wal_status: str
    """"reserved", "extended", "unreserved" (about to be lost) or "lost"."""
    safe_bytes: int | None
    """WAL that may still be written before it is in danger; None where nothing limits it."""
    unlimited: bool
    """max_slot_wal_keep_size is -1: the slot may fill the disk."""
    xmin_age: int | None
    catalog_xmin_age: int | None
    inactive_since: datetime | None
    """17 and later."""
    invalidation_reason: str
    failover: bool | None
    synced: bool | None


async def _followers(database: "Database", _scope: "Scope", _before: Sample[Follower] | None) -> Reading[Follower]:
    return Reading(tuple(await database.rows(Follower, "server/replication")))


async def _standby(database: "Database", _scope: "Scope", _before: Sample[Standby] | None) -> Reading[Standby]:
    return Reading(tuple(await database.rows(Standby, "server/standby")))


async def _slots(database: "Database", _scope: "Scope", _before: Sample[Slot] | None) -> Reading[Slot]:
    return Reading(tuple(await database.rows(Slot, "server/slots")))


REPLICATION = Probe(
    "replication",
    "who follows this server, and how far behind in bytes and time",
    Follower,
    2.0,
    _followers,
    always=True,
    privilege="pg_read_all_stats",
    history=300,
)
STANDBY = Probe(
    "standby",
    "on a standby: replay delay and whether the receiver lives",
    Standby,
    2.0,
    _standby,
    always=True,
    privilege="pg_read_all_stats",
    history=300,
)
SLOTS = Probe("slots", "replication slots and the WAL they hold back", Slot, 5.0, _slots, always=True)
