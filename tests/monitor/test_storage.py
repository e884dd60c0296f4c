"""What lies where: sizes as the server tells them, disks only where proven, temporary files by their backend."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from gbtui.config.capacity import Capacity
from gbtui.database.database import Database
from gbtui.database.target import Host
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from gbtui.monitor.server import storage
from gbtui.monitor.server.growth import GROWTH
from gbtui.monitor.server.own_disks import disk, is_ours
from gbtui.monitor.server.storage import Place
from gbtui.monitor.server.tables import TableRow
from tests.conftest import Connect
from tests.monitor.conftest import one, watching
from tests.monitor.sessions import cast
from tests.monitor.test_checks import made
from tests.waiting import until

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SPILL = "DECLARE held CURSOR FOR SELECT md5(g::text) m FROM generate_series(1, 200000) g ORDER BY 1"


async def places(monitor: Monitor) -> dict[str, Place]:
    sample = await monitor.once("storage")
    assert sample.error is None, sample.error
    return {row.place: row for row in sample.rows}


async def test_places_are_as_large_as_the_server_says(place: str, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)")
    async with watching(place) as monitor:
        found = await places(monitor)
        wal = await worker.fetchval("SELECT sum(size)::bigint FROM pg_ls_waldir()")
        whole = await worker.fetchval("SELECT pg_tablespace_size('pg_default') + pg_tablespace_size('pg_global')")
        assert found["wal"].size_bytes == pytest.approx(wal, rel=0.5)
        assert found["data"].size_bytes == pytest.approx(whole, rel=0.2)
        assert found["data"].measured_at is not None


async def test_on_its_own_machine_the_file_system_is_asked(place: str) -> None:
    async with watching(place) as monitor:
        found = await places(monitor)
        data = found["data"]
        told = os.statvfs(data.location)
        assert (data.capacity_from, data.capacity_bytes) == ("disk", told.f_blocks * told.f_frsize)
        assert data.free_bytes == pytest.approx(told.f_bavail * told.f_frsize, rel=0.1)
        assert monitor.last("storage").skipped == ()


async def test_elsewhere_the_line_to_add_is_said_and_no_disk_is_guessed(place: str) -> None:
    async with Database(place, capacity=Capacity("prod")) as database:
        database.target = replace(database.target, hosts=(Host("db.example.com", "192.0.2.7", 5432),))
        monitor = Monitor(database)
        found = await places(monitor)
        assert {row.capacity_from for row in found.values()} == {""}
        assert {row.capacity_bytes for row in found.values()} == {None}
        (told,) = monitor.last("storage").skipped
        assert told == 'capacity of data not set: [profiles.prod.capacity] data = "500GB"'
        await monitor.stop()


async def test_the_profiles_capacity_is_held_against_all_that_shares_it(place: str) -> None:
    limits = MappingProxyType({"data": 1e9})
    async with Database(place, capacity=Capacity("prod", limits)) as database:
        monitor = Monitor(database)
        found = await places(monitor)
        data, wal = found["data"], found["wal"]
        assert (data.capacity_from, data.disk, wal.disk) == ("profile", "data", "data")
        used = sum(row.size_bytes or 0 for row in found.values() if row.disk == "data")
        assert data.free_bytes == wal.free_bytes == round(1e9) - used
        await monitor.stop()
    async with Database(place, capacity=Capacity("prod", MappingProxyType({"data": 1e9, "wal": 2e9}))) as database:
        monitor = Monitor(database)
        wal = (await places(monitor))["wal"]
        assert (wal.disk, wal.free_bytes) == ("wal", round(2e9) - (wal.size_bytes or 0))
        await monitor.stop()


def test_another_servers_data_directory_proves_nothing(tmp_path: Path) -> None:
    started = NOW
    lines = ["4711", str(tmp_path), str(int(started.timestamp())), "5432", "/tmp"]
    assert not is_ours(str(tmp_path), started), "no server has run there"
    (tmp_path / "postmaster.pid").write_text("\n".join(lines))
    assert is_ours(str(tmp_path), started)
    assert not is_ours(str(tmp_path), started + timedelta(hours=1)), "another start"
    (tmp_path / "postmaster.pid").write_text("\n".join(["4711", "/elsewhere", *lines[2:]]))
    assert not is_ours(str(tmp_path), started), "it lies elsewhere for that server: a copy, a container"
    assert disk(str(tmp_path / "absent")) is None


def rows_after(growth: float, seconds: float, number: int) -> list[Place]:
    """Data on a profile's disk of 1 GB, 400 MB of it used, after so many measurements."""
    points = tuple((seconds * n / (number - 1), 4e8 + growth * seconds * n / (number - 1)) for n in range(number))
    data = storage._grown(Place("data", 400_000_000, measured_at=NOW), points)
    wal = storage._grown(Place("wal", 0, measured_at=NOW), tuple((at, 0.0) for at, _ in points))
    capacity = Capacity("prod", MappingProxyType({"data": 1e9}))
    return [storage._full(row, [data, wal], None, {}, capacity) for row in (data, wal)]


def test_time_to_full_needs_a_base_and_growth() -> None:
    for row in rows_after(1e6, 120.0, 8):
        assert row.full_in_age == pytest.approx(600)
    assert rows_after(1e6, 30.0, 8)[0].full_in_age is None, "too short"
    assert rows_after(1e6, 120.0, 3)[0].full_in_age is None, "too few"
    assert rows_after(-1e6, 120.0, 8)[0].full_in_age is None, "it shrinks"


async def test_temporary_files_are_told_by_the_backend_that_holds_them(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        assert (await monitor.once("temp_files")).rows == ()
        spiller = await scene.enter("SET work_mem = '64kB'", "BEGIN", SPILL, "FETCH 1 FROM held", application="report")
        row = await one(monitor, "temp_files")
        assert row.pid == spiller.get_server_pid()
        started = await scene.opened[0].fetchval("SELECT backend_start FROM pg_stat_activity WHERE pid = $1", row.pid)
        assert row.backend_start == started
        assert (row.application, row.state, row.tablespaces) == ("report", "idle in transaction", "pg_default")
        assert row.size_bytes > 1_000_000
        temporary = (await places(monitor))["temporary"]
        assert temporary.size_bytes is not None and temporary.size_bytes >= row.size_bytes
        await spiller.execute("CLOSE held")

        async def gone() -> bool:
            return (await monitor.once("temp_files")).rows == ()

        await until(gone)


async def test_who_holds_wal_back_is_told(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("SELECT pg_create_physical_replication_slot('left_behind', true)")
    try:
        before = {row.name: row for row in (await monitor.once("wal_held")).rows if row.holder == "slot"}
        await worker.execute("CREATE TABLE w AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)")
        rows = (await monitor.once("wal_held")).rows
        slot = next(row for row in rows if row.name == "left_behind")
        assert (slot.holder, slot.state, slot.limit_bytes) == ("slot", "inactive", None)
        assert slot.held_bytes > before["left_behind"].held_bytes + 1_000_000
        (checkpoint,) = [row for row in rows if row.holder == "checkpoint"]
        assert checkpoint.limit_bytes == await worker.fetchval("SELECT pg_size_bytes(current_setting('max_wal_size'))")
        assert checkpoint.directory_bytes == await worker.fetchval("SELECT sum(size)::bigint FROM pg_ls_waldir()")
    finally:
        await worker.execute("SELECT pg_drop_replication_slot('left_behind')")


def grown(samples: Sequence[Sample[Any]], before: Sample[Any] | None) -> Sample[Any]:
    assert GROWTH.derive is not None
    reading = GROWTH.derive(samples, before)
    return Sample("growth", reading.rows, NOW, skipped=reading.skipped, memory=reading.memory)


def test_what_grows_is_told_from_the_sizes_that_others_measure() -> None:
    last: Sample[Any] | None = None
    for n in range(4):
        at = NOW + timedelta(seconds=30 * n)
        tables = [
            made(TableRow, schema="public", name="messages", total_bytes=1000 + 600 * n, measured_at=at),
            made(TableRow, schema="s", name="still", total_bytes=5000, measured_at=at),
            made(TableRow, schema="s", name="half", total_bytes=9 * n, measured_at=at, unmeasured=1),
        ]
        wal = Place("wal", 7, growth_bytes_per_min=30.0, window=90.0, measurements=4, measured_at=at)
        empty: Sample[Any] = Sample("databases", (), at)
        last = grown([Sample("tables", tuple(tables), at), empty, Sample("storage", (wal,), at)], last)
        if n == 0:
            assert [row.name for row in last.rows] == [""], "of the tables there is one measurement"
    assert last is not None
    first, second = last.rows
    assert (first.kind, first.name, first.growth_bytes_per_min, first.measurements) == ("table", "messages", 1200.0, 4)
    assert (second.kind, second.growth_bytes_per_min) == ("wal", 30.0)
    assert last.skipped == ("1 stay as they are",)


async def test_a_table_that_grows_is_seen_on_the_server(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("CREATE TABLE filling (t text)")

    async def seen() -> bool:
        await worker.execute("INSERT INTO filling SELECT repeat('x', 1000) FROM generate_series(1, 100)")
        await monitor.once("tables")
        sample = await monitor.once("growth")
        assert sample.error is None
        return any(row.name == "filling" and row.growth_bytes_per_min > 0 for row in sample.rows)

    await until(seen)
