"""Replication: those who follow this server, whom it follows, and the slots that hold WAL back."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Follower:
    """A standby or another receiver of this server's WAL. The bytes of each stage add up to `behind_bytes`."""

    KEY: ClassVar = ("pid",)
    LATER: ClassVar = ("user", "client", "slot", "backend_start")

    name: str
    state: str
    """"streaming", "catchup", "startup", "backup", "stopping"."""
    behind_bytes: int | None
    replay_lag: float | None
    """Seconds until it had replayed what was written, as last measured; None when nothing was written of late."""
    reply_age: float | None
    """Seconds since its last sign of life: what is told of it is as old."""
    unsent_bytes: int | None
    """Written here, not sent: the network or this server is slow."""
    unwritten_bytes: int | None
    """Sent, and not yet written there."""
    unflushed_bytes: int | None
    """Written there, and not yet on its disk."""
    unreplayed_bytes: int | None
    """On its disk, and not yet replayed: it is slow, or a query there holds replay."""
    write_lag: float | None
    flush_lag: float | None
    sync: str
    """"async", "potential", "sync" or "quorum": whether commits here wait for it."""
    pid: int
    user: str
    client: str
    slot: str
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

    KEY: ClassVar = ("name",)
    LATER: ClassVar = (
        "plugin", "database", "temporary", "active_pid", "unlimited", "unconfirmed_bytes", "failover", "synced",
    )  # fmt: skip

    name: str
    kind: str
    active: bool
    retained_bytes: int | None
    """WAL that cannot be removed because of it."""
    wal_status: str
    """"reserved", "extended", "unreserved" (about to be lost) or "lost"."""
    safe_bytes: int | None
    """WAL that may still be written before it is in danger; None where nothing limits it."""
    inactive_since: datetime | None
    """17 and later."""
    invalidation_reason: str
    """Why it is lost; 17 and later."""
    xmin_age: int | None
    """How many transactions back it keeps deleted rows."""
    catalog_xmin_age: int | None
    unlimited: bool
    """max_slot_wal_keep_size is -1: the slot may fill the disk."""
    unconfirmed_bytes: int | None
    """Of a logical slot: what its receiver has not confirmed."""
    plugin: str
    database: str
    temporary: bool
    active_pid: int | None
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
