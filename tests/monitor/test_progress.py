"""How far running commands are: every view, and never a percentage that nobody knows."""

from typing import Any

import pytest

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.progress import Progress, command
from gbtui.monitor.server.progress_share import Done, done
from tests.monitor.conftest import watching
from tests.monitor.sessions import cast
from tests.waiting import until


@pytest.mark.parametrize(
    ("view", "details", "share", "told"),
    [
        ("vacuum", {"phase": "scanning heap", "heap_blks_scanned": 3, "heap_blks_total": 4}, 0.75, "3 of 4 blocks"),
        ("vacuum", {"phase": "scanning heap", "heap_blks_scanned": 0, "heap_blks_total": 0}, None, ""),
        ("vacuum", {"phase": "scanning heap", "heap_blks_scanned": 5, "heap_blks_total": 4}, None, "5 blocks"),
        ("vacuum", {"phase": "initializing", "heap_blks_scanned": 0, "heap_blks_total": 9}, None, ""),
        ("vacuum", {"phase": "vacuuming indexes"}, None, ""),
        ("vacuum", {"phase": "vacuuming indexes", "indexes_processed": 1, "indexes_total": 4}, 0.25, "1 of 4 indexes"),
        (
            "vacuum",
            {"phase": "vacuuming heap", "heap_blks_vacuumed": 1, "heap_blks_total": 2, "index_vacuum_count": 3},
            0.5,
            "1 of 2 blocks, after 3 passes over the indexes",
        ),
        ("analyze", {"phase": "acquiring sample rows", "sample_blks_total": 0, "sample_blks_scanned": 0}, None, ""),
        (
            "analyze",
            {"phase": "acquiring inherited sample rows", "child_tables_total": 4, "child_tables_done": 2},
            0.5,
            "2 of 4 partitions",
        ),
        (
            "create_index",
            {"phase": "waiting for writers before build", "lockers_total": 2, "lockers_done": 1, "blocks_total": 0},
            0.5,
            "1 of 2 transactions that it waits for",
        ),
        (
            "create_index",
            {"phase": "building index: loading tuples in tree", "tuples_total": 0, "tuples_done": 0, "blocks_done": 7},
            None,
            "",
        ),
        (
            "create_index",
            {"phase": "building index: scanning table", "blocks_done": 1, "blocks_total": 3},
            1 / 3,
            "1 of 3 blocks",
        ),
        ("cluster", {"phase": "index scanning heap", "heap_tuples_scanned": 12, "heap_blks_total": 9}, None, "12 rows"),
        ("basebackup", {"phase": "streaming", "backup_streamed": 1024, "backup_total": None}, None, "1.0 kB"),
        ("basebackup", {"phase": "streaming", "backup_streamed": 512, "backup_total": 1024}, 0.5, "512 B of 1.0 kB"),
        ("copy", {"bytes_processed": 2048, "bytes_total": 0, "tuples_processed": 9}, None, "2.0 kB, 9 rows"),
        ("repack", {"phase": "of a later version"}, None, ""),
    ],
)
def test_what_is_not_known_is_no_percentage(view: str, details: dict[str, Any], share: float | None, told: str) -> None:
    assert done(view, details) == Done(share, told)


def test_commands_are_told_in_the_words_of_who_began_them() -> None:
    query = "autovacuum: VACUUM public.t (to prevent wraparound)"
    assert command("vacuum", {}, "autovacuum worker", query) == "autovacuum (wraparound)"
    assert command("analyze", {}, "autovacuum worker", "autovacuum: ANALYZE public.t") == "autoanalyze"
    assert command("vacuum", {}, "client backend", "VACUUM t") == "VACUUM"
    assert command("cluster", {"command": "VACUUM FULL"}, "client backend", "") == "VACUUM FULL"


async def running(monitor: Monitor, pid: int) -> Progress | None:
    sample = await monitor.once("progress")
    assert sample.error is None, str(sample.error)
    return next((row for row in sample.rows if row.pid == pid), None)


async def test_index_builds_and_copies_are_seen_with_their_table(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        await scene.enter(
            "CREATE SCHEMA s", "CREATE TABLE s.t (id int)", "INSERT INTO s.t SELECT generate_series(1, 9)"
        )
        await scene.enter("BEGIN", "INSERT INTO s.t VALUES (1)")
        pid = await scene.wait("CREATE INDEX CONCURRENTLY slow ON s.t (id)", application="builder")
        row = await until(lambda: running(monitor, pid))
        assert (row.command, row.relation, row.application) == ("CREATE INDEX CONCURRENTLY", "s.t", "builder")
        assert row.phase == "waiting for writers before build"
        assert (row.done_share, row.done) == (0, "0 of 1 transactions that it waits for")
        assert row.waits.startswith("Lock ")
        assert row.age is not None
        assert row.backend_start is not None

        # COPY meets a row that an open transaction has already written: it waits in the midst, at a size not known.
        await scene.opened[0].execute("CREATE TABLE u (id int PRIMARY KEY)")
        await scene.enter("BEGIN", "INSERT INTO u VALUES (2)")
        pid = await scene.wait("COPY u FROM PROGRAM 'seq 1 3'")
        row = await until(lambda: running(monitor, pid))
        assert (row.command, row.relation, row.done_share) == ("COPY FROM", "u", None)
        assert row.done.startswith("6 B")


async def test_another_databases_table_has_a_number_and_no_borrowed_name(place: str) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE here (id int)")
        await scene.enter("BEGIN", "INSERT INTO here VALUES (1)")
        pid = await scene.wait("CREATE INDEX CONCURRENTLY slow ON here (id)")
        elsewhere = place.replace(f"/{await scene.opened[0].fetchval('SELECT current_database()')}", "/postgres")
        oid = await scene.opened[0].fetchval("SELECT 'here'::regclass::oid")
        async with watching(elsewhere) as monitor:
            row = await until(lambda: running(monitor, pid))
            assert (row.relation, row.database) == (f"#{oid}", place.partition("?")[0].rpartition("/")[2])
