"""Logical replication: what this database publishes, and what it subscribes to."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_COUNTS_ERRORS: Final = 150000


@dataclass(frozen=True, slots=True)
class Publication:
    """What this database offers to subscribers."""

    KEY: ClassVar = ("name",)

    name: str
    tables: int
    """Tables and partitioned tables that it names, alone, by their schema, or all there are."""
    all_tables: bool
    operations: str
    """What it publishes of them: "insert, update, delete, truncate"."""
    unidentified: tuple[str, ...]
    """Tables without a replica identity (a primary key, if nothing else is set): each UPDATE and DELETE of them fails
    here. At most 20 are named."""
    owner: str
    via_root: bool
    """Changes of partitions are published as their parent's."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What this database takes from another server."""

    KEY: ClassVar = ("name",)
    LATER: ClassVar = ("publications", "slot", "owner", "unconfirmed_bytes", "stats_reset")

    name: str
    enabled: bool
    worker_pid: int | None
    """Of the worker that applies it; none though it is enabled: it failed just now, and is tried again every 5 s."""
    message_age: float | None
    """Seconds since its publisher was last heard."""
    apply_errors: int | None
    """Since `stats_reset`. Each failed attempt counts, so that one bad row counts every few seconds; what it was
    stands in this server's log alone. Unknown on 14."""
    sync_errors: int | None
    """Failures of a table's first copy."""
    conflicts: int | None
    """Rows that were not as the publisher thought; 18 and later."""
    conflict_kinds: str
    """The same by kind: "insert exists 4, update missing 1"."""
    syncing_tables: int
    """Tables whose first copy is not done yet."""
    tables: int
    disable_on_error: bool
    """It is turned off at the first error, instead of being tried for ever."""
    unconfirmed_bytes: int | None
    publications: str
    slot: str
    owner: str
    stats_reset: datetime | None


def kept(sample: Sample[Subscription]) -> Sample[Any]:
    """What the check needs of the past: errors and conflicts so far, by subscription."""
    counts = tuple((row.name, (row.apply_errors or 0) + (row.sync_errors or 0), row.conflicts or 0)
                   for row in sample.rows)  # fmt: skip
    return Sample(sample.probe, counts, sample.taken_at)


async def _publications(
    database: "Database", _scope: "Scope", _before: Sample[Publication] | None
) -> Reading[Publication]:
    return Reading(tuple(await database.rows(Publication, "server/publications")))


async def _subscriptions(
    database: "Database", _scope: "Scope", _before: Sample[Subscription] | None
) -> Reading[Subscription]:
    counts = database.facts.version_num >= _COUNTS_ERRORS
    rows = await database.rows(Subscription, "server/subscriptions" if counts else "server/subscriptions_14")
    return Reading(tuple(rows), skipped=() if counts or not rows else ("14 counts no errors: see the server's log",))


PUBLICATIONS = Probe(
    "publications",
    "publications of this database, and tables whose updates they make fail",
    Publication,
    60.0,
    _publications,
    always=True,
)
SUBSCRIPTIONS = Probe(
    "subscriptions",
    "subscriptions: the worker that applies them, errors, conflicts",
    Subscription,
    10.0,
    _subscriptions,
    always=True,
    history=60,
    keep=kept,
)
