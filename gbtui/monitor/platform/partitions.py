"""Partitions: how far ahead the monthly ones reach, and each as it stands."""

from typing import TYPE_CHECKING

from gbtui.lifecycle.partitions import Headroom, Partition, PartitionWork
from gbtui.monitor.platform.absence import NO_PLATFORM
from gbtui.monitor.platform.jobs import why_not
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


async def _read(database: "Database", _scope: "Scope", _before: Sample[Headroom] | None) -> Reading[Headroom]:
    rows = await database.rows(Headroom, "meta/partitions")
    return Reading(tuple(rows), skipped=() if rows or database.facts.has_platform else (NO_PLATFORM,))


async def _read_each(database: "Database", _scope: "Scope", _before: Sample[Partition] | None) -> Reading[Partition]:
    rows = await database.rows(Partition, "meta/partition_tables")
    return Reading(tuple(rows), skipped=() if rows or database.facts.has_platform else (NO_PLATFORM,))


async def _read_work(
    database: "Database", _scope: "Scope", _before: Sample[PartitionWork] | None
) -> Reading[PartitionWork]:
    if why := await why_not(database):
        return Reading((), skipped=(why,))
    return Reading(tuple(await database.rows(PartitionWork, "meta/works")))


PARTITIONS = Probe(
    "partitions", "monthly partitions, and until when inserts are covered", Headroom, 60.0, _read, always=True
)
PARTITION_TABLES = Probe(
    "partition_tables",
    "each monthly partition: bounds, size, state, whether it is closed",
    Partition,
    300.0,
    _read_each,
    always=True,
)
PARTITION_WORK = Probe(
    "partition_work",
    "adoptions and divisions of tables that have not ended",
    PartitionWork,
    300.0,
    _read_work,
    always=True,
)
