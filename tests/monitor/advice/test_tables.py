"""Every table trap gets the right answer, and what is advised runs."""

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from gbtui.database.database import Database
from gbtui.monitor.advice.heap import heap_bloat
from gbtui.monitor.advice.table_advice import TABLE_ADVICE, gather_tables, keeping
from gbtui.monitor.advice.table_rules import TableAdvice, TablesRead, advise_tables
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.horizon import holders
from tests.conftest import Connect, Server, execute

from .table_page import PAGE, table
from .table_traps import AFTER, SCHEMA, TABLE_TRAPS


@pytest.fixture(scope="module")
def trapped(server: Server) -> Iterator[str]:
    """A database of traps."""

    async def build(dsn: str) -> None:
        await execute(server.dsn, "CREATE DATABASE tabled")
        await execute(dsn, SCHEMA)
        for statement in AFTER:
            await execute(dsn, statement)

    asyncio.run(build(server.of("tabled")))
    yield server.of("tabled")
    asyncio.run(execute(server.dsn, "DROP DATABASE tabled WITH (FORCE)"))


@pytest.fixture
async def read(trapped: str) -> TablesRead:
    """The traps as the rules get them, with the figures of large tables; nobody holds the horizon."""
    async with Database(trapped) as database:
        found, remarks = await gather_tables(database)
    assert remarks == []
    figures = {trap.name: trap.figures for trap in TABLE_TRAPS}
    tables = [one._replace(**figures.get(one.name, {})) for one in found.tables]
    long_ago = found.now - timedelta(days=12)
    return dataclasses.replace(found, tables=tables, horizon="", counted_since=long_ago)


def told(read: TablesRead) -> Mapping[str, str]:
    """The first thing said of each table, and of each column."""
    found: dict[str, str] = {}
    for one in advise_tables(read):
        name = f"{one.table_name}.{one.name}" if one.name else one.table_name
        found.setdefault(name, one.kind + "!" * (not one.advised))
    return found


def _of(read: TablesRead, name: str) -> TableAdvice:
    return next(one for one in advise_tables(read) if one.table_name == name)


async def test_every_trap_gets_the_right_answer(read: TablesRead) -> None:
    said = told(read)
    assert {trap.name: said.get(trap.name, "") for trap in TABLE_TRAPS} == {
        trap.name: trap.right for trap in TABLE_TRAPS
    }
    assert len(TABLE_TRAPS) >= 20


async def test_the_scale_factor_lets_less_than_a_million_gather_and_says_what_it_rests_on(read: TablesRead) -> None:
    one = _of(read, "mail")
    assert one.statement == (
        "BEGIN; SET LOCAL lock_timeout = '1s'; "
        'ALTER TABLE "tabled"."mail" SET (autovacuum_vacuum_scale_factor = 0.01); COMMIT;'
    )
    assert one.evidence.startswith("autovacuum waits for 10.0 M dead rows (scale factor 0.2 of 50.0 M rows)")
    assert one.rests_on.startswith("counted for 12 d")
    assert "from 500 k dead rows on" in one.risk


async def test_what_would_not_help_is_withheld_and_says_why(read: TablesRead) -> None:
    for changed, reason in (
        ({"horizon": "backend pid 7 has kept them for 3 h (:horizon)"}, "backend pid 7 has kept them for 3 h"),
        ({"recovering": True}, "this is a standby"),
        ({"tables": [one._replace(server_enabled=False) for one in read.tables]}, "autovacuum or track_counts is off"),
        ({"tables": [one._replace(running=True) for one in read.tables]}, "a vacuum works on it now"),
    ):
        doubtful = dataclasses.replace(read, **changed)
        for name in ("mail", "late"):
            one = _of(doubtful, name)
            assert (one.advised, one.statement) == (False, "")
            assert reason in one.withheld
    assert "somebody chose them" in _of(read, "of_its_own").withheld
    assert "off for it" in _of(read, "switched_off").withheld
    assert "the table is small" in _of(read, "small_and_dead").withheld
    assert "pg_repack" in _of(read, "half_air").withheld


async def test_the_estimate_of_air_is_near_the_truth(read: TablesRead, trapped: str, connect: Connect) -> None:
    """Held against the pages that the same rows take when they are written anew."""
    admin = await connect(trapped)
    for name in ("fresh", "half_air", "half_full", "half_null"):
        shape = next(one for one in read.tables if one.name == name)
        found = heap_bloat(shape, read.columns[shape.id])
        fill = shape.fillfactor
        await admin.execute(f"CREATE TABLE anew WITH (fillfactor = {fill}) AS SELECT * FROM tabled.{name}")
        await admin.execute("VACUUM FULL anew")
        pages = await admin.fetchval("SELECT pg_relation_size('anew') / 8192")
        await admin.execute("DROP TABLE anew")
        assert found.share == pytest.approx(1 - pages / shape.pages, abs=0.03), name


async def test_all_that_is_advised_runs(read: TablesRead, trapped: str, connect: Connect) -> None:
    admin = await connect(trapped)
    advised = [one for one in advise_tables(read) if one.advised]
    assert len(advised) >= 7
    for one in advised:
        for statement in one.statement.split("\n"):
            await admin.execute(statement)
    async with Database(trapped) as database:
        after, _ = await gather_tables(database)
    kinds = ("never analyzed", "column without statistics")
    assert [one for one in advise_tables(after) if one.advised and one.kind in kinds] == []
    (mail,) = (one for one in after.tables if one.name == "mail")
    assert (mail.scale, mail.own_rules) == (0.01, True)


async def test_who_may_not_read_a_table_is_told_so_and_not_that_it_was_never_analyzed(
    server: Server, trapped: str, connect: Connect
) -> None:
    admin = await connect(trapped)
    await admin.execute(
        "CREATE ROLE shy LOGIN; GRANT pg_read_all_stats TO shy; GRANT USAGE ON SCHEMA tabled TO shy;"
        "ANALYZE tabled.never"
    )
    try:
        async with Database(server.of("tabled", "shy")) as database:
            found, _ = await gather_tables(database)
        one = _of(found, "reset_since")
        assert (one.kind, one.advised) == ("statistics hidden", False)
        assert 'GRANT pg_read_all_data TO "shy";' in one.withheld
        assert [one for one in advise_tables(found) if one.kind == "never analyzed" and one.table_name == "never"] == []
    finally:
        await admin.execute("DROP OWNED BY shy; DROP ROLE shy")


async def test_who_has_held_a_snapshot_for_long_is_named(trapped: str, connect: Connect) -> None:
    holder = await connect(trapped)
    await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tabled.few")
    async with Database(trapped) as database:
        found = await holders(database)
    await holder.execute("ROLLBACK")
    pid = holder.get_server_pid()
    (one,) = (each for each in found if each.pid == pid)
    assert keeping([one]) == "", "a moment is no long time"
    assert keeping([dataclasses.replace(one, held_age=7300.0)]) == f"backend pid {pid} has kept them for 2 h (:horizon)"
    assert keeping([dataclasses.replace(one, held_age=None, xmin_age=2_000_000)]).startswith(f"backend pid {pid}")
    assert keeping([dataclasses.replace(one, held_age=7300.0, holds="database other")]) == ""


async def test_the_panel_tells_foreign_keys_first_that_cost_most(
    server: Server, empty_dsn: str, connect: Connect
) -> None:
    admin = await connect(empty_dsn)
    await admin.execute(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY);"
        "INSERT INTO p SELECT generate_series(1, 50); INSERT INTO q SELECT generate_series(1, 50);"
        "CREATE TABLE c (id int, q_id int CONSTRAINT seldom REFERENCES q, p_id int CONSTRAINT often REFERENCES p);"
        "INSERT INTO c SELECT n FROM generate_series(1, 2000) n; ANALYZE c"
    )
    await admin.execute("DELETE FROM p WHERE id > 10; DELETE FROM q WHERE id > 48; SELECT pg_stat_force_next_flush()")
    async with Database(empty_dsn) as database:
        sample = await Monitor(database, {"table_advice": TABLE_ADVICE}, checks=()).once("table_advice")
    keys = [row for row in sample.rows if row.kind == "missing on foreign key"]
    assert [row.name for row in keys] == ["often", "seldom"]
    assert "40 deleted, 0 updated: 80,000 rows read" in keys[0].evidence
    assert "the table is small" in keys[0].withheld


def test_the_page_has_the_traps() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
