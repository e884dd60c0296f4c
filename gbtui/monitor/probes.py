"""The registry: every probe there is. To add one is one entry here and its .sql file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gbtui.monitor.advice.hot_paths import HOT_PATHS
from gbtui.monitor.advice.indexes import INDEX_ADVICE
from gbtui.monitor.advice.table_advice import TABLE_ADVICE
from gbtui.monitor.advice.workload.probe import QUERY_ADVICE
from gbtui.monitor.platform.audit import AUDIT
from gbtui.monitor.platform.bots import BOTS, PLATFORM
from gbtui.monitor.platform.forecast import FORECAST
from gbtui.monitor.platform.jobs import JOB_RUNS, JOBS_PROBE
from gbtui.monitor.platform.lists import SESSIONS
from gbtui.monitor.platform.migrations import MIGRATIONS
from gbtui.monitor.platform.noisy import NOISY, TRAFFIC
from gbtui.monitor.platform.partitions import PARTITION_TABLES, PARTITION_WORK, PARTITIONS
from gbtui.monitor.platform.retention import RETENTION
from gbtui.monitor.platform.rooms import ROOM_PROBES
from gbtui.monitor.platform.schedules import SCHEDULES
from gbtui.monitor.platform.tenants import BUSIEST, FIGURES, TENANTS
from gbtui.monitor.platform.unrecorded import UNRECORDED
from gbtui.monitor.probe import Probe
from gbtui.monitor.server.activity import ACTIVITY, IDLE
from gbtui.monitor.server.archiver import ARCHIVER
from gbtui.monitor.server.callers import CALLERS
from gbtui.monitor.server.checkpoints import CHECKPOINTS
from gbtui.monitor.server.connections import CONNECTIONS, POOL
from gbtui.monitor.server.connectivity import CONNECTIVITY
from gbtui.monitor.server.databases import DATABASES
from gbtui.monitor.server.errors import ERRORS
from gbtui.monitor.server.events import EVENTS
from gbtui.monitor.server.extensions import EXTENSIONS
from gbtui.monitor.server.growth import GROWTH
from gbtui.monitor.server.horizon import HORIZON
from gbtui.monitor.server.indexes import INDEXES
from gbtui.monitor.server.invalid_indexes import INVALID_INDEXES
from gbtui.monitor.server.io import IO
from gbtui.monitor.server.load import LOAD
from gbtui.monitor.server.locks import LOCKS
from gbtui.monitor.server.logical import PUBLICATIONS, SUBSCRIPTIONS
from gbtui.monitor.server.pgbouncer import PGBOUNCER, PGBOUNCER_CLIENTS, PGBOUNCER_STATS
from gbtui.monitor.server.progress import PROGRESS
from gbtui.monitor.server.rates import RATES
from gbtui.monitor.server.refusals import REFUSALS
from gbtui.monitor.server.replication import REPLICATION, SLOTS, STANDBY
from gbtui.monitor.server.sequences import SEQUENCES
from gbtui.monitor.server.settings import SETTINGS
from gbtui.monitor.server.statements import QUERIES
from gbtui.monitor.server.storage import STORAGE
from gbtui.monitor.server.tables import TABLES
from gbtui.monitor.server.temp_files import TEMP_FILES
from gbtui.monitor.server.vacuum import VACUUM
from gbtui.monitor.server.violations import VIOLATIONS
from gbtui.monitor.server.wal import WAL, WAL_HELD
from gbtui.monitor.server.wraparound import WRAPAROUND

_ALL: Final[tuple[Probe[Any], ...]] = (
    CONNECTIVITY,
    EVENTS,
    CONNECTIONS,
    POOL,
    PGBOUNCER,
    PGBOUNCER_CLIENTS,
    PGBOUNCER_STATS,
    ACTIVITY,
    IDLE,
    LOCKS,
    RATES,
    PLATFORM,
    BOTS,
    BUSIEST,
    FIGURES,
    TRAFFIC,
    LOAD,
    TENANTS,
    NOISY,
    SESSIONS,
    *ROOM_PROBES,
    SCHEDULES,
    AUDIT,
    UNRECORDED,
    QUERIES,
    CALLERS,
    ERRORS,
    VIOLATIONS,
    REFUSALS,
    IO,
    CHECKPOINTS,
    WAL,
    WAL_HELD,
    TEMP_FILES,
    STORAGE,
    GROWTH,
    FORECAST,
    TABLES,
    INDEXES,
    INVALID_INDEXES,
    INDEX_ADVICE,
    QUERY_ADVICE,
    TABLE_ADVICE,
    HOT_PATHS,
    VACUUM,
    HORIZON,
    PROGRESS,
    WRAPAROUND,
    DATABASES,
    REPLICATION,
    STANDBY,
    SLOTS,
    PUBLICATIONS,
    SUBSCRIPTIONS,
    ARCHIVER,
    MIGRATIONS,
    PARTITIONS,
    JOBS_PROBE,
    JOB_RUNS,
    PARTITION_TABLES,
    PARTITION_WORK,
    RETENTION,
    SETTINGS,
    EXTENSIONS,
    SEQUENCES,
)

PROBES: Final[Mapping[str, Probe[Any]]] = MappingProxyType({probe.name: probe for probe in _ALL})
"""By name, in the order they are listed."""
