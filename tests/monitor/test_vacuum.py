"""Autovacuum's queue by the server's own rules, vacuums at work, the ages of ids: on real tables."""

import asyncio

import pytest

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.progress import Progress
from gbtui.monitor.server.vacuum import VacuumRow
from tests.conftest import Connect, Server
from tests.monitor.conftest import watching
from tests.monitor.sessions import cast
from tests.scratch import scratch
from tests.waiting import until

BUILD = """
    CREATE TABLE plain (id int);
    CREATE TABLE own (id int) WITH (autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_vacuum_insert_threshold = -1);
    CREATE TABLE off (id int, body text) WITH (autovacuum_enabled = off, fillfactor = 90);
    CREATE TABLE toasted (id int, body text) WITH (toast.autovacuum_vacuum_threshold = 7,
        toast.autovacuum_vacuum_scale_factor = 0);
    ALTER TABLE toasted ALTER body SET STORAGE EXTERNAL;
    INSERT INTO plain SELECT generate_series(1, 1000);
    INSERT INTO own SELECT generate_series(1, 1000);
    INSERT INTO off SELECT generate_series(1, 1000), 'x';
    INSERT INTO toasted SELECT g, repeat('x', 4000) FROM generate_series(1, 100) g;
    ANALYZE plain, own, off, toasted;
"""
DELETE = "DELETE FROM plain WHERE id <= 500; DELETE FROM own WHERE id <= 500; DELETE FROM off; DELETE FROM toasted"

TOLD = "SELECT pg_stat_force_next_flush()"
"""Counters are told at once, and not within ten seconds."""
KEEP = "LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE"
"""Keeps autovacuum away, which might come at any time; those who write are not stopped."""


async def queue(monitor: Monitor) -> dict[str, VacuumRow]:
    sample = await monitor.once("vacuum")
    assert sample.error is None, str(sample.error)
    return {row.table: row for row in sample.rows}


async def test_thresholds_are_those_of_the_server_and_of_each_table(
    place: str, monitor: Monitor, connect: Connect
) -> None:
    worker = await connect(place)
    await worker.execute(BUILD)
    keeper = await connect(place)
    await keeper.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {KEEP.format('plain, own, off, toasted')}; SELECT 1")
    await worker.execute(DELETE)
    await worker.execute(TOLD)

    async def counted() -> dict[str, VacuumRow] | None:
        rows = await queue(monitor)
        found = {"plain", "own", "off", "toasted"} <= set(rows)
        return rows if found and rows["toasted"].toast_dead_rows >= 100 and rows["off"].dead_rows == 1000 else None

    rows = await until(counted)
    # By the manual: threshold + scale factor * reltuples, 50 + 0.2 * 1000 and 1000 + 0.2 * 1000.
    plain, own, off, toasted = (rows[name] for name in ("plain", "own", "off", "toasted"))
    assert (plain.dead_rows, plain.dead_threshold, plain.insert_threshold) == (500, 250, 1200)
    assert (plain.over, plain.due, plain.off) == (2, "dead rows", "")
    assert (own.dead_threshold, own.insert_threshold) == (510, None)
    assert own.over == pytest.approx(500 / 510)
    assert (off.off, off.statement) == ("table", "ALTER TABLE public.off RESET (autovacuum_enabled);")
    assert (toasted.toast_threshold, toasted.due) == (7, "TOAST")
    assert toasted.over == pytest.approx(toasted.toast_dead_rows / 7)

    await keeper.execute("COMMIT")
    await worker.execute("VACUUM plain")
    rows = await queue(monitor)
    assert "plain" not in rows or rows["plain"].dead_rows == 0


async def test_the_cap_of_18_and_its_frozen_pages_count(server: Server, empty_dsn: str, connect: Connect) -> None:
    worker = await connect(empty_dsn)
    await worker.execute("SET synchronous_commit = on")  # else vacuum cannot know yet that all can see the rows
    await worker.execute("CREATE TABLE capped (id int) WITH (autovacuum_vacuum_max_threshold = 20)")
    await worker.execute("CREATE TABLE frozen (id int) WITH (autovacuum_vacuum_insert_threshold = 0)")
    await worker.execute("INSERT INTO capped SELECT generate_series(1, 1000)")
    await worker.execute("INSERT INTO frozen SELECT generate_series(1, 10000)")
    await worker.execute(TOLD)
    await worker.execute("VACUUM (FREEZE, ANALYZE) capped, frozen")
    await (await connect(empty_dsn)).execute(f"BEGIN; {KEEP.format('capped, frozen')}")
    await worker.execute("DELETE FROM capped WHERE id <= 30")
    await worker.execute("INSERT INTO frozen SELECT generate_series(1, 10)")
    await worker.execute(TOLD)
    async with watching(empty_dsn) as monitor:
        rows = await until(lambda: both(monitor))
        assert (rows["capped"].dead_threshold, rows["capped"].over) == (20, 1.5)
        # All pages are frozen, so that nothing of the table's size is asked for on top of the threshold of 0.
        assert (rows["frozen"].insert_threshold, rows["frozen"].inserted_rows) == (0, 10)


async def both(monitor: Monitor) -> dict[str, VacuumRow] | None:
    rows = await queue(monitor)
    return rows if {"capped", "frozen"} <= set(rows) else None


async def test_a_vacuum_at_work_is_shown_with_its_table_and_in_progress(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE worked (id int PRIMARY KEY)", "INSERT INTO worked SELECT generate_series(1, 9)")
        await scene.enter("DELETE FROM worked")
        # A cursor that stands on the page keeps it pinned; VACUUM FREEZE waits for it, however long.
        await scene.enter("INSERT INTO worked SELECT generate_series(10, 99)")
        await scene.enter("BEGIN", "DECLARE c CURSOR FOR SELECT * FROM worked", "FETCH 1 FROM c")
        vacuum = await scene.enter()
        pid = vacuum.get_server_pid()
        scene.begin(vacuum, "VACUUM (FREEZE) worked")

        async def seen() -> VacuumRow | None:
            row = (await queue(monitor)).get("worked")
            return row if row is not None and row.pid == pid else None

        row = await until(seen)
        assert row.running == "by hand: scanning heap 0 %"
        assert row.backend_start is not None
        (running,) = (await monitor.once("progress")).rows
        assert (running.command, running.relation, running.phase) == ("VACUUM", "worked", "scanning heap")
        assert (running.pid, running.done_share, running.done) == (pid, 0, "0 of 1 blocks")
        assert not running.wraparound


BURN = "DO $$ BEGIN FOR i IN 1..100100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


def test_an_autovacuum_against_wraparound_is_marked_and_the_oldest_table_stands_first() -> None:
    with scratch({"autovacuum_naptime": "1", "fsync": "off", "synchronous_commit": "off"}) as server:
        asyncio.run(force(server.dsn))


async def force(dsn: str) -> None:
    async with cast(dsn) as scene, watching(dsn) as monitor:
        await scene.enter("CREATE TEMP TABLE mine (id int)")
        await scene.enter(
            "CREATE TABLE old (id int) WITH (autovacuum_enabled = off, autovacuum_freeze_max_age = 100000,"
            " autovacuum_freeze_table_age = 0, autovacuum_freeze_min_age = 0)",
            "INSERT INTO old SELECT generate_series(1, 100)",
        )
        # The cursor pins the page that must be frozen: the vacuum waits for it.
        await scene.enter("BEGIN", "DECLARE c CURSOR FOR SELECT * FROM old", "FETCH 1 FROM c")
        await scene.enter(BURN)
        sample = await monitor.once("wraparound")
        first = sample.rows[0]
        assert (first.table, first.freeze_max_age, first.mxid_freeze_max_age) == ("old", 100_000, 400_000_000)
        assert first.xid_age > 100_000
        assert first.statement == "VACUUM (FREEZE, VERBOSE) public.old;"
        assert [row.table.startswith("pg_temp") for row in sample.rows if row.temporary] == [True]

        async def forced() -> VacuumRow | None:
            row = (await queue(monitor))["old"]
            assert (row.due, row.off) == ("wraparound", "table")
            return row if row.pid is not None else None

        row = await until(forced, timeout=30)
        assert row.running.startswith("autovacuum (wraparound): ")
        running = await until(lambda: one_running(monitor))
        assert (running.command, running.relation, running.pid) == ("autovacuum (wraparound)", "old", row.pid)
        assert running.wraparound


async def one_running(monitor: Monitor) -> Progress | None:
    sample = await monitor.once("progress")
    return next((row for row in sample.rows if row.command.startswith("autovacuum")), None)
