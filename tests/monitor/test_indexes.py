"""Indexes: what they are, how much they are used, and those that no query may use."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.indexes import LISTED, Figures, Index, IndexRow, Known, over, partitions
from gbtui.monitor.server.table_sizes import FOREMOST, SWEEP, Sizes, due
from gbtui.monitor.window import LAST, RESET, Moment, Ring
from tests.conftest import Connect
from tests.monitor.sessions import cast
from tests.waiting import until

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BUILD = """
    CREATE TABLE t (a int PRIMARY KEY, b text, c int4range, UNIQUE (b), EXCLUDE USING gist (c WITH &&));
    CREATE INDEX t_part ON t (b) WHERE a > 10;
    CREATE INDEX t_expr ON t (lower(b));
    CREATE UNIQUE INDEX t_uniq ON t (b, a);
    INSERT INTO t (a, b) SELECT g, g::text FROM generate_series(1, 5000) g;
    CREATE TABLE p (a int, b int, PRIMARY KEY (a)) PARTITION BY RANGE (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000);
    INSERT INTO p SELECT g, g FROM generate_series(0, 1999) g;
    ANALYZE t, p;
"""


def index(oid: int, **more: object) -> Index:
    plain = Index(oid, "s", "t", f"i{oid}", "btree", False, None, False, False, "", False, False, True, True,
                  oid, 0, 0, None, 0, 0, 0, False)  # fmt: skip
    return plain._replace(**more)  # type: ignore[arg-type]


def reading(*readings: tuple[float, list[Index]]) -> Ring[int, Figures]:
    ring: Ring[int, Figures] = Ring()
    for seconds, indexes in readings:
        figures = {one.id: Figures(one, None) for one in indexes}
        ring.add(Moment(NOW + timedelta(seconds=seconds), figures, "", NOW - timedelta(hours=1)))
    return ring


def test_twenty_thousand_are_listed_by_size_measured_in_turns_and_the_rest_is_counted() -> None:
    many = [index(oid) for oid in range(1, 20_001)]
    told = over(reading((0, many), (60, many)).window(LAST), Known())
    assert len(told.rows) == LISTED
    assert told.rows[0].name == "i20000"
    assert "19,000 smaller indexes are not listed" in told.skipped
    assert len(due(many, Sizes(), NOW)) <= 2 * FOREMOST + SWEEP


def test_use_is_of_the_window_and_scans_are_since_the_reset() -> None:
    ring = reading((0, [index(1, scans=100, rows_read=100)]), (60, [index(1, scans=160, rows_read=700)]))
    (row,) = over(ring.window(LAST), Known()).rows
    assert (row.scans_per_s, row.rows_per_scan, row.scans, row.unused) == (1, 10, 160, False)
    (row,) = over(reading((0, [index(1, scans=100)]), (60, [index(1, scans=3)])).window(LAST), Known()).rows
    assert (row.scans_per_s, row.scans) == (0, 3)
    ring = reading((0, [index(1, blocks=9, blocks_hit=1)]), (60, [index(1, blocks=19, blocks_hit=9)]))
    assert over(ring.window(LAST), Known()).rows[0].hit_share == pytest.approx(0.8)


async def test_each_kind_is_told_with_its_size_and_its_use(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute(BUILD)
    await worker.execute("SET enable_seqscan = off")
    await monitor.once("indexes")

    async def used() -> dict[str, IndexRow] | None:
        await worker.fetch("SELECT * FROM t WHERE a = 7")
        rows = {row.name: row for row in (await monitor.once("indexes")).rows}
        return rows if rows["t_pkey"].scans_per_s else None

    rows = await until(used)
    assert rows is not None
    assert {name: row.kind for name, row in rows.items()} == {
        "t_pkey": "primary", "t_b_key": "unique constraint", "t_c_excl": "exclusion", "t_part": "index",
        "t_expr": "index", "t_uniq": "unique", "p_pkey": "primary",
    }  # fmt: skip
    assert (rows["t_part"].partial, rows["t_expr"].expression, rows["t_c_excl"].method) == (True, True, "gist")
    size = await worker.fetchval("SELECT pg_relation_size('t_pkey')")
    assert rows["t_pkey"].size_bytes == size
    assert rows["t_pkey"].scans > 0
    assert rows["t_expr"].unused
    newer = worker.get_server_version().major >= 16
    assert (rows["t_pkey"].last_scan is not None) == newer


async def test_those_of_partitions_are_one_row_and_can_be_told_apart(
    place: str, monitor: Monitor, connect: Connect
) -> None:
    worker = await connect(place)
    await worker.execute(BUILD)
    sample = await monitor.once("indexes")
    (row,) = [row for row in sample.rows if row.table == "p"]
    both = await worker.fetchval("SELECT pg_relation_size('p1_pkey') + pg_relation_size('p2_pkey')")
    assert (row.name, row.partitions, row.size_bytes) == ("p_pkey", 2, both)
    assert {one.name for one in partitions(sample, RESET, "public", "p_pkey")} == {"p1_pkey", "p2_pkey"}


@pytest.mark.parametrize("waits", [False, True], ids=["held", "awaited"])
async def test_a_locked_index_is_named_and_the_others_are_measured(place: str, monitor: Monitor, waits: bool) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t (a int)", "CREATE INDEX i ON t (a)", "CREATE INDEX other ON t (a)")
        if waits:
            await scene.enter("BEGIN", "SELECT a FROM t WHERE a = 1")
            await scene.wait("REINDEX INDEX i")
        else:
            await scene.enter("BEGIN", "REINDEX INDEX i")
        sample = await monitor.once("indexes")
        assert sample.error is None
        rows = {row.name: row for row in sample.rows}
        assert rows["other"].size_bytes is not None
        assert (rows["i"].locked, rows["i"].size_bytes) == (True, None)
        assert "public.i is locked" in sample.skipped[0]


async def test_what_a_failed_build_left_is_found_and_one_being_built_is_not(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        holder = await scene.enter(
            "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)", "CREATE TABLE busy (a int)"
        )
        with pytest.raises(asyncpg.UniqueViolationError):
            await holder.execute("CREATE UNIQUE INDEX CONCURRENTLY t_left ON t (a)")
        await holder.execute("BEGIN")
        await holder.execute("INSERT INTO busy VALUES (2)")
        await scene.wait("CREATE INDEX CONCURRENTLY busy_now ON busy (a)")
        sample = await monitor.once("invalid_indexes")
        assert {row.name: row.building for row in sample.rows} == {"t_left": False, "busy_now": True}
        (finding,) = [found for found in monitor.findings if found.check == "invalid_index"]
        assert finding.subject == "public.t_left"
        assert "no query uses it" in finding.what
        assert finding.statement == 'DROP INDEX CONCURRENTLY "public"."t_left";'
        (row,) = [row for row in (await monitor.once("indexes")).rows if row.name == "t_left"]
        assert row.invalid
