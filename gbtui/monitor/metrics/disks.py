"""Figures of what the server keeps on its disks, of WAL held back, and of those who wait at pgbouncer."""

from collections.abc import Iterator, Mapping
from typing import Final

from gbtui.database.pgbouncer import Pool
from gbtui.monitor.metrics.point import Exposed, Point, gauge, seconds
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.storage import Place
from gbtui.monitor.server.temp_files import TempFiles
from gbtui.monitor.server.wal import WalHolder


def _storage(sample: Sample[Place]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"place": row.place}
        yield gauge("storage_size_bytes", "What lies there.", row.size_bytes, **at)
        yield gauge("storage_size_time_seconds", "When it was measured, Unix time.", seconds(row.measured_at), **at)
        yield gauge("storage_free_bytes", "Free on its disk, where a capacity is known.", row.free_bytes, **at)
        yield gauge("storage_capacity_bytes", "What its disk holds, where that is known.", row.capacity_bytes, **at)
        yield gauge("storage_full_in_seconds", "Until its disk is full at the present pace.", row.full_in_age, **at)


def _temporary(sample: Sample[TempFiles]) -> Iterator[Point]:
    yield gauge("temp_files_backends", "Backends that have temporary files now.", len(sample.rows))
    largest = max((row.size_bytes for row in sample.rows), default=0)
    yield gauge("temp_files_largest_bytes", "Temporary files of the backend that has most of them.", largest)


def _held(sample: Sample[WalHolder]) -> Iterator[Point]:
    for row in sample.rows[:1]:
        yield gauge("wal_directory_bytes", "All files of WAL.", row.directory_bytes)
    for row in sample.rows:
        at = {"holder": row.holder, "name": row.name if row.holder == "slot" else ""}
        yield gauge("wal_held_bytes", "WAL that cannot be removed because of it.", row.held_bytes, **at)


def _pools(sample: Sample[Pool]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"database": row.database, "user": row.user}
        yield gauge("pgbouncer_waiting", "Clients that wait for a server connection.", row.cl_waiting, **at)
        yield gauge("pgbouncer_wait_seconds", "How long the first of them has waited.", row.maxwait, **at)
        yield gauge("pgbouncer_active", "Server connections in use.", row.sv_active, **at)


DISKS: Final[Mapping[str, Exposed]] = {
    "storage": Exposed(_storage, lambda row: row.size_bytes or 0),
    "temp_files": Exposed(_temporary),
    "wal_held": Exposed(_held, lambda row: row.held_bytes or 0),
    "pgbouncer": Exposed(_pools, lambda row: row.cl_waiting),
}
