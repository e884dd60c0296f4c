"""Figures of databases and tables."""

from collections.abc import Iterator, Mapping
from typing import Final

from gbtui.monitor.metrics.point import LIMIT, Exposed, Point, counter, gauge, seconds
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.databases import DatabaseRow
from gbtui.monitor.server.rates import DatabaseCounters, Rates, totals
from gbtui.monitor.server.settings import Setting
from gbtui.monitor.server.tables import TableRow

_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "commits": ("database_commits", "Transactions committed."),
    "rollbacks": ("database_rollbacks", "Transactions rolled back."),
    "blocks_hit": ("database_blocks_hit", "Blocks found in shared buffers."),
    "blocks_read": ("database_blocks_read", "Blocks that were not in shared buffers."),
    "rows_returned": ("database_rows_returned", "Rows read by scans."),
    "rows_fetched": ("database_rows_fetched", "Rows fetched by index scans."),
    "rows_inserted": ("database_rows_inserted", "Rows inserted."),
    "rows_updated": ("database_rows_updated", "Rows updated."),
    "rows_deleted": ("database_rows_deleted", "Rows deleted."),
    "temp_files": ("database_temp_files", "Temporary files made by statements."),
    "temp_bytes": ("database_temp_bytes", "Bytes written to temporary files."),
    "conflicts": ("database_conflicts", "Statements cancelled on a standby because of replay."),
    "deadlocks": ("database_deadlocks", "Deadlocks."),
    "sessions": ("database_sessions", "Sessions begun."),
    "checksum_failures": ("database_checksum_failures", "Pages that failed their checksum."),
}
_SHARED: Final = "(shared)"
"""Label of what belongs to no database: the catalogs that all share."""


def _rates(sample: Sample[Rates]) -> Iterator[Point]:
    found: tuple[DatabaseCounters, ...] = totals(sample)
    for row in sorted(found, key=lambda row: -row.commits)[:LIMIT]:
        for field, (name, help_) in _COUNTED.items():
            yield counter(name, help_, getattr(row, field), database=row.name or _SHARED)
    for row in found[:1]:  # every row carries it
        yield counter("wal_bytes", "WAL written (on a standby: received).", row.wal_bytes)


def _databases(sample: Sample[DatabaseRow]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"database": row.name}
        yield gauge("database_size_bytes", "Size on disk, measured once a minute at most.", row.size_bytes, **at)
        yield gauge("database_connections", "Backends in it.", row.connections, **at)
        yield gauge("database_xid_age", "Transactions since its oldest unfrozen one.", row.xid_age, **at)
        yield gauge("database_mxid_age", "Multixacts since its oldest unfrozen one.", row.mxid_age, **at)
    for row in sample.rows[:1]:
        told = "autovacuum_freeze_max_age: the age from which on autovacuum is forced."
        yield gauge("freeze_max_age", told, row.freeze_max_age)


def _tables(sample: Sample[TableRow]) -> Iterator[Point]:
    size = "Size on disk by part; of a partitioned table all its partitions together."
    for row in sample.rows:
        at = {"schema": row.schema, "table": row.name}
        parts = {"heap": row.table_bytes, "indexes": row.index_bytes, "toast": row.toast_bytes}
        for part, measured in parts.items():
            yield gauge("table_size_bytes", size, measured, **at, part=part)
        yield gauge("table_size_time_seconds", "When its size was measured, Unix time.", seconds(row.measured_at), **at)
        yield gauge("table_live_rows", "Live rows, as the statistics have them.", row.live_rows, **at)
        yield gauge("table_dead_rows", "Dead rows, as the statistics have them.", row.dead_rows, **at)
        yield counter("table_rows_written", "Rows inserted, updated and deleted.", row.written_rows, **at)
        yield counter("table_seq_scans", "Sequential scans.", row.seq_scans, **at)
        yield counter("table_index_scans", "Scans of its indexes.", row.index_scans, **at)
        vacuumed = "When it was last vacuumed, by hand or automatically, Unix time."
        yield gauge("table_last_vacuum_time_seconds", vacuumed, seconds(row.last_vacuum), **at)


def _settings(sample: Sample[Setting]) -> Iterator[Point]:
    waiting = sum(1 for row in sample.rows if row.pending_restart)
    yield gauge("settings_pending_restart", "Settings that were changed and wait for a restart.", waiting)


STORAGE: Final[Mapping[str, Exposed]] = {
    "rates": Exposed(_rates),
    "databases": Exposed(_databases, lambda row: row.size_bytes or 0),
    "tables": Exposed(_tables, lambda row: row.total_bytes or 0),
    "settings": Exposed(_settings),
}
