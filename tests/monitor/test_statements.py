"""Statements: what they did in the window, whatever the extension's version and place; never more than is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gbtui.database.database import Database
from gbtui.errors import DeniedError
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.statement_rows import FORGOTTEN, LISTED, Counters, Entry, Key, Known, StatementRow, over
from gbtui.monitor.server.statements import State, sources, trouble
from gbtui.monitor.window import LAST, RESET, Moment, Ring, span_of
from tests import older
from tests.conftest import Connect, Connection
from tests.monitor.conftest import watching
from tests.waiting import until

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STATE = State(NOW, NOW, "1.12", "public", ("stats_since", "toplevel", "total_exec_time"), True, "top", "auto", True)
_ZERO = Counters(0, 0.0, 0.0, 0, 0, 0, 0, 0.0, 0)


def entry(since: datetime | None = None, **counters: float) -> Entry:
    return Entry(Counters(**_ZERO._asdict() | counters), 1.0, since)


def ring(*readings: dict[int, Entry], forgotten: tuple[int, ...] = ()) -> Ring[Key, Entry]:
    """Readings ten seconds apart, of statements by query id."""
    made: Ring[Key, Entry] = Ring()
    for number, reading in enumerate(readings):
        counters: dict[Key, Entry] = {(query, 10, 5, True): one for query, one in reading.items()}
        counters[FORGOTTEN] = entry(calls=forgotten[number] if forgotten else 0)
        made.add(Moment(NOW + timedelta(seconds=10 * number), counters, "", NOW - timedelta(days=1)))
    return made


def rows(made: Ring[Key, Entry], word: str = "last") -> dict[int, StatementRow]:
    return {row.query_id: row for row in over(made.window(span_of(word)), Known()).rows}


def test_figures_are_the_windows_and_the_change_is_against_what_was_before_it() -> None:
    row = rows(ring({1: entry(calls=100, exec_ms=100.0)}, {1: entry(calls=120, exec_ms=200.0, rows=40)}))[1]
    assert (row.calls, row.calls_per_s, row.mean_ms, row.total_ms, row.rows_per_call) == (20, 2.0, 5.0, 100.0, 2.0)
    assert (row.mean_change, row.calls_since_reset, row.new) == (5.0, 120, False)


def test_what_did_not_run_is_not_listed_but_since_the_reset() -> None:
    made = ring({1: entry(calls=1, exec_ms=1.0)}, {1: entry(calls=1, exec_ms=1.0), 2: entry(calls=2, exec_ms=3.0)})
    assert set(rows(made)) == {2}
    assert rows(made)[2].new
    since = rows(made, "reset")
    assert {query: row.time_share for query, row in since.items()} == {1: 0.25, 2: 0.75}
    assert not since[2].new


@pytest.mark.parametrize("since", [None, NOW], ids=["seen by a counter", "seen by stats_since"])
def test_a_statement_that_was_reset_counts_from_its_new_start(since: datetime | None) -> None:
    """With stats_since even a counter that has grown past its old value is known to be another."""
    calls = 7 if since is None else 700
    row = rows(ring({1: entry(calls=500, exec_ms=900.0)}, {1: entry(since, calls=calls, exec_ms=14.0)}))[1]
    assert (row.calls, row.total_ms, row.mean_change) == (calls, 14.0, None)


def test_ten_thousand_are_listed_by_each_figure_and_the_rest_is_summed_up() -> None:
    many = {query: entry(calls=1, exec_ms=float(query)) for query in range(1, 10_001)}
    many[20_000] = entry(calls=1, exec_ms=0.001, wal_bytes=10**9)
    reading = over(ring({}, many).window(LAST), Known())
    assert len(reading.rows) <= 3 * LISTED
    assert [row.query_id for row in reading.rows[:2]] == [10_000, 9_999]
    assert 20_000 in {row.query_id for row in reading.rows}, "most WAL, though it took no time"
    (told,) = reading.skipped
    assert "99 % of the time" in told


def test_it_says_that_the_server_forgets_statements() -> None:
    made = ring({1: entry(calls=1)}, {1: entry(calls=2)}, forgotten=(3, 10))
    (told,) = over(made.window(LAST), Known()).skipped
    assert "forgotten 7 times" in told


@pytest.mark.parametrize(
    ("changes", "available", "says"),
    [
        ({}, "1.12", ""),
        ({"version": None, "loaded": False}, "", "contrib package"),
        (
            {"version": None, "loaded": False},
            "1.12",
            "CREATE EXTENSION pg_stat_statements, and add pg_stat_statements to",
        ),
        ({"version": None}, "1.12", "CREATE EXTENSION pg_stat_statements"),
        ({"loaded": False}, "1.12", "not loaded: add pg_stat_statements to shared_preload_libraries"),
        ({"version": "1.4", "columns": ("total_time",)}, "1.12", "ALTER EXTENSION pg_stat_statements UPDATE"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(changes: dict[str, object], available: str, says: str) -> None:
    told = trouble(replace(STATE, **changes), available)  # type: ignore[arg-type]
    assert (told == "") if not says else says in told


# --- on real servers


@pytest.fixture
async def worker(place: str, connect: Connect) -> Connection:
    """A connection that runs statements."""
    return await connect(place)


@pytest.fixture
async def watched(place: str, worker: Connection) -> AsyncIterator[Monitor]:
    """The extension, as the server has it."""
    await worker.execute("CREATE EXTENSION pg_stat_statements; CREATE TABLE t (a int)")
    async with watching(place) as monitor:
        yield monitor


def found(sample: Sample[StatementRow], text: str) -> StatementRow | None:
    return next((row for row in sample.rows if text in (row.query or "")), None)


async def seen(monitor: Monitor, worker: Connection, statement: str, text: str) -> StatementRow:
    """The row of a statement that runs between two readings."""
    assert (await monitor.once("queries")).error is None

    async def told() -> StatementRow | None:
        await worker.execute(statement)
        return found(await monitor.once("queries"), text)

    row = await until(told)
    assert row is not None
    return row


async def test_what_runs_is_seen_with_its_text_and_whose_it_is(
    watched: Monitor, worker: Connection, place: str
) -> None:
    row = await seen(watched, worker, "INSERT INTO t SELECT generate_series(1, 100)", "INSERT INTO t SELECT")
    assert row.rows_per_call == 100
    assert row.user == await worker.fetchval("SELECT current_user")
    assert row.database == await worker.fetchval("SELECT current_database()")
    assert row.toplevel
    assert row.calls_since_reset >= row.calls >= 1
    assert row.total_ms > 0
    assert row.wal_bytes > 0
    assert (row.first_seen is not None) == (worker.get_server_version().major >= 17)


async def test_since_the_reset_has_an_answer_at_the_first_reading(watched: Monitor, worker: Connection) -> None:
    # Of much WAL: among all that the whole run's tests have asked since the reset it must be one of the foremost.
    await worker.execute("INSERT INTO t SELECT asked_before FROM generate_series(1, 300000) asked_before")
    assert (await watched.once("queries")).rows == ()
    assert found(await watched.once("queries", span=RESET), "asked_before")


@pytest.mark.parametrize("version", ["1.8", "1.9", "1.10"])
async def test_an_extension_older_than_the_server_in_a_schema_of_its_own(
    place: str, worker: Connection, version: str
) -> None:
    await worker.execute(f"""CREATE SCHEMA "Odd ""one";
        CREATE EXTENSION pg_stat_statements SCHEMA "Odd ""one" VERSION '{version}'; CREATE TABLE t (a int)""")
    async with watching(place) as monitor:
        row = await seen(monitor, worker, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES")
        assert (row.rows_per_call, row.first_seen) == (1, None)
        assert sources(monitor.last("queries"))[0] == f"server/statements_{version.replace('.', '_')}"
        newest = await worker.fetchval(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
        )
        told = " ".join(monitor.last("queries").skipped)
        assert (f"older than the server's {newest}: ALTER EXTENSION" in told) == (version != newest)


async def test_one_that_is_too_old_says_so_and_an_update_is_seen_at_once(place: str, worker: Connection) -> None:
    await worker.execute("CREATE EXTENSION pg_stat_statements VERSION '1.7'")
    async with watching(place) as monitor:
        sample = await monitor.once("queries")
        assert (sample.error, sample.rows) == (None, ())
        assert "too old" in sample.skipped[0]
        await worker.execute("ALTER EXTENSION pg_stat_statements UPDATE")
        assert (await monitor.once("queries", span=RESET)).rows


async def test_where_it_is_not_installed_the_panel_says_what_to_do(place: str, monitor: Monitor) -> None:
    sample = await monitor.once("queries")
    assert (sample.error, sample.rows) == (None, ())
    assert "CREATE EXTENSION pg_stat_statements" in sample.skipped[0]


async def test_installed_but_not_loaded_is_no_failure(connect: Connect) -> None:
    if older.binaries(15) is None:
        pytest.skip("PostgreSQL 15 is not installed here")
    with older.running(15) as dsn:
        await (await connect(dsn)).execute("CREATE EXTENSION pg_stat_statements")
        async with watching(dsn) as monitor:
            sample = await monitor.once("queries")
    assert (sample.error, sample.rows) == (None, ())
    assert "shared_preload_libraries" in sample.skipped[0]


async def test_a_reset_makes_no_negative_figure_and_is_told(watched: Monitor, worker: Connection) -> None:
    await seen(watched, worker, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES")
    await worker.execute("SELECT pg_stat_statements_reset()")
    sample = await watched.once("queries")
    assert (sample.rows, sample.window) == ((), None)
    row = await seen(watched, worker, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES")
    assert row.calls >= 1
    assert any("began anew" in told for told in (await watched.once("queries", span=span_of("5m"))).skipped)


async def test_a_role_with_few_rights_is_told_the_grant(watched: Monitor, worker: Connection, place: str) -> None:
    user = "few_" + place.rpartition("/m_")[2].partition("?")[0]
    await worker.execute(f"CREATE ROLE {user} LOGIN")
    try:
        async with Database(place.replace("//gbtui@", f"//{user}@").replace("//postgres@", f"//{user}@")) as database:
            sample = await Monitor(database).once("queries")
    finally:
        await worker.execute(f"DROP ROLE {user}")
    assert isinstance(sample.error, DeniedError)
    assert sample.error.hint == f'GRANT pg_monitor TO "{user}"'


async def test_the_texts_are_read_only_for_statements_not_read_before(watched: Monitor, worker: Connection) -> None:
    await seen(watched, worker, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES")

    async def texts() -> int:
        return int(await worker.fetchval("SELECT calls FROM pg_stat_statements WHERE query LIKE '%left(s.query%'"))

    async def nothing_new() -> bool:
        before = await texts()
        await watched.once("queries")
        return await texts() == before

    await until(nothing_new)
