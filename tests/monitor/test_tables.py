"""Table sizes: a locked table stops nothing, a partitioned one is one row, and figures are the server's own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gbtui.errors import LockedError
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server import table_sizes
from gbtui.monitor.server.table_sizes import FOREMOST, SWEEP, Measured, Sizes, Table, due, mark
from gbtui.monitor.server.tables import Figures, Known, TableRow, over, partitions
from gbtui.monitor.window import LAST, RESET, Moment, Ring, Span
from tests.conftest import Connect
from tests.monitor.conftest import one
from tests.monitor.sessions import cast

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def table(oid: int, **more: object) -> Table:
    plain = Table(oid, "s", f"t{oid}", False, None, 0, None, 0, 0, 0, 0, 0, 0, 0, None, None, False, 0, 0)
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("waits", [False, True], ids=["held", "awaited"])
async def test_a_locked_table_is_named_and_the_others_are_measured(place: str, monitor: Monitor, waits: bool) -> None:
    async with cast(place) as scene:
        await scene.enter(
            "CREATE TABLE locked AS SELECT generate_series(1, 1000) a",
            "CREATE TABLE free AS SELECT generate_series(1, 1000) a",
        )
        if waits:
            await scene.enter("BEGIN", "SELECT * FROM locked LIMIT 1")
            await scene.wait("LOCK TABLE locked", "BEGIN")
        else:
            await scene.enter("BEGIN", "LOCK TABLE locked")
        for name in monitor.probes:
            assert (await monitor.once(name)).error is None, name
        sample = monitor.last("tables")
        rows = {row.name: row for row in sample.rows}
        assert rows["free"].total_bytes
        assert rows["locked"].locked
        assert rows["locked"].total_bytes is None
        assert "public.locked is locked" in sample.skipped[0]


async def test_an_old_size_stays_while_the_table_is_locked(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t AS SELECT generate_series(1, 1000) a")
        before = await one(monitor, "tables")
        await scene.enter("BEGIN", "LOCK TABLE t")
        after = await one(monitor, "tables")
        assert (after.total_bytes, after.measured_at) == (before.total_bytes, before.measured_at)
        assert "s old" in monitor.last("tables").skipped[0]


async def test_partitions_are_one_row_with_the_servers_own_total(
    place: str, monitor: Monitor, connect: Connect
) -> None:
    worker = await connect(place)
    await worker.execute(
        """
        CREATE TABLE p (a int PRIMARY KEY, b text) PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000) PARTITION BY RANGE (a);
        CREATE TABLE p2a PARTITION OF p2 FOR VALUES FROM (1000) TO (2000);
        INSERT INTO p SELECT i, repeat(md5(i::text), 200) FROM generate_series(0, 1999) i;
        DELETE FROM p WHERE a % 10 = 0;
        CREATE TABLE plain (a int);
        """
    )
    await worker.execute("VACUUM p1")
    rows = {row.name: row for row in (await monitor.once("tables")).rows}
    assert set(rows) == {"p", "plain"}
    whole = await worker.fetchval("SELECT pg_total_relation_size('p1') + pg_total_relation_size('p2a')")
    toast_forks = await worker.fetchval(
        "SELECT sum(pg_relation_size(reltoastrelid, f))::bigint FROM pg_class, unnest(ARRAY['fsm', 'vm']) f"
        " WHERE relname IN ('p1', 'p2a')"
    )
    index_forks = await worker.fetchval(
        "SELECT sum(pg_relation_size(indexrelid, 'fsm'))::bigint FROM pg_index"
        " WHERE indrelid IN ('p1'::regclass, 'p2a'::regclass)"
    )
    assert rows["p"].total_bytes == whole - toast_forks - index_forks
    assert rows["p"].partitions == 2
    assert rows["p"].last_vacuum is None, "one of its partitions was never vacuumed"


def test_the_foremost_are_measured_every_time_and_the_others_in_turns() -> None:
    many = [table(oid, pages=oid) for oid in range(1, 3001)]
    first = due(many, Sizes(), NOW)
    assert set(range(3001 - FOREMOST, 3001)) <= set(first)
    assert len(first) <= 2 * FOREMOST + SWEEP
    known = {oid: Measured(oid, oid, 0, 0, NOW) for oid in range(1, 3001)}
    written = {t.id: 0 for t in many}
    again = due([*many[:-1], table(3000, inserted=9)], Sizes(known, written), NOW + timedelta(seconds=30))
    assert len(again) <= 2 * FOREMOST
    assert 3000 in again
    marks = {t.id: mark(t) for t in many}
    soon, later, late = (NOW + timedelta(minutes=minutes) for minutes in (9, 11, 61))
    assert len(due(many, Sizes(known, written, marks), later)) <= 2 * FOREMOST, "nothing has changed"
    busy = [replace(t, inserted=9) for t in many]
    assert len(due(busy, Sizes(known, written, marks), soon)) <= 2 * FOREMOST
    assert len(due(busy, Sizes(known, written, marks), later)) > SWEEP
    assert len(due(many, Sizes(known, written, marks), late)) > SWEEP


def test_locked_and_partitioned_tables_are_never_measured() -> None:
    assert due([table(1, locked=True), table(2, partitioned=True)], Sizes(), NOW) == []


def figures(seconds: float, size: int | None = None, **counters: object) -> Figures:
    """A table, measured `seconds` after NOW."""
    measured = Measured(1, size, 0, 0, NOW + timedelta(seconds=seconds)) if size is not None else None
    return Figures(table(1, **counters), measured)


def shown(*readings: tuple[float, Figures], span: Span = LAST) -> TableRow:
    """The row of one table after readings at so many seconds."""
    ring: Ring[int, Figures] = Ring()
    for seconds, reading in readings:
        ring.add(Moment(NOW + timedelta(seconds=seconds), {1: reading}, "", NOW - timedelta(seconds=100)))
    (row,) = over(ring.window(span), Known()).rows
    return row


def test_growth_is_told_between_two_measurements_and_not_between_two_readings() -> None:
    row = shown((0, figures(-10, 1000)), (60, figures(40, 2000, inserted=9)))
    assert (row.growth_bytes_per_s, row.total_bytes) == (20, 2000)
    assert shown((0, figures(-10, 1000)), (60, figures(-10, 1000, inserted=9))).growth_bytes_per_s is None
    assert shown((0, figures(-10, 1000)), (60, figures(-10, 1000))).growth_bytes_per_s == 0, "nothing was written"
    assert shown((0, figures(-10, 1000))).growth_bytes_per_s is None


def test_use_is_told_over_the_window_and_since_the_reset() -> None:
    early = figures(0, inserted=100, updated=100, hot_updated=0, seq_scans=10, seq_rows=100, index_scans=1000)
    late = figures(0, inserted=120, updated=140, hot_updated=30, seq_scans=15, seq_rows=5100, index_scans=1600)
    row = shown((0, early), (60, late))
    assert (row.written_per_s, row.hot_share, row.seq_scans_per_s) == (1, 0.75, 5 / 60)
    assert (row.rows_per_seq_scan, row.index_scans_per_s) == (1000, 10)
    since = shown((0, early), (60, late), span=RESET)
    assert (since.index_scans_per_s, since.seq_scans_per_s) == (10, 15 / 160)


def test_a_table_whose_statistics_were_reset_has_no_negative_figure_and_is_counted() -> None:
    ring: Ring[int, Figures] = Ring()
    ring.add(Moment(NOW, {1: figures(0, inserted=100)}))
    ring.add(Moment(NOW + timedelta(seconds=60), {1: figures(0, inserted=3)}))
    reading = over(ring.window(LAST), Known())
    assert reading.rows[0].written_per_s == 0
    assert "statistics of 1 table were reset" in reading.skipped[0]


async def test_partitions_can_be_told_one_by_one(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute(
        """
        CREATE TABLE p (a int) PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000) PARTITION BY RANGE (a);
        CREATE TABLE p2a PARTITION OF p2 FOR VALUES FROM (1000) TO (2000);
        CREATE TABLE plain (a int);
        INSERT INTO p VALUES (1500);
        """
    )
    sample = await monitor.once("tables")
    assert [row.name for row in partitions(sample, LAST, "public", "p")] == ["p2a", "p1"]
    assert partitions(sample, LAST, "public", "plain") == ()


async def test_a_lock_that_comes_between_leaves_the_old_sizes(place: str, monitor: Monitor) -> None:
    """The guard and the measuring are two moments; the second may find a lock that the first did not see."""

    class Busy:
        async def rows(self, *_: object) -> list[Measured]:
            raise LockedError("Locked", "canceling statement due to lock timeout")

    sizes = Sizes({1: Measured(1, 5, 0, 0, NOW)})
    after, trouble = await table_sizes.measure(Busy(), [table(1)], sizes, NOW)  # type: ignore[arg-type]
    assert after.measured == sizes.measured
    assert "lock timeout" in trouble
