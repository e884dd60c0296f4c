"""`:sql`: reads and nothing else, is cut by the server, says where it stumbles, stops there, streams to a file."""

import asyncio
import json
import os
import resource
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.domain.sql_line.history import History
from gbtui.domain.sql_line.result import Answer
from gbtui.domain.sql_line.run import SqlLine
from gbtui.domain.sql_line.stream import Written, bytes_of, stream, unique
from gbtui.domain.sql_line.wish import read
from gbtui.errors import DeadlineError, GbtuiError, QueryError, UsageError
from tests.conftest import Connect, Server, execute
from tests.waiting import until

SCHEMA = """
CREATE TABLE kept (id int PRIMARY KEY, body text, at timestamptz DEFAULT '2026-01-01Z');
INSERT INTO kept VALUES (1, repeat('ab', 5000)), (2, ''), (3, NULL), (4, '=1+1');
CREATE TABLE none_of_it ();
INSERT INTO none_of_it DEFAULT VALUES; INSERT INTO none_of_it DEFAULT VALUES;
CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO kept VALUES (99) RETURNING id';
"""


@pytest.fixture(scope="module")
def asked_dsn(server: Server) -> str:
    asyncio.run(execute(server.dsn, "CREATE DATABASE asked"))
    asyncio.run(execute(server.of("asked"), SCHEMA))
    return server.of("asked")


@pytest.fixture
async def line(asked_dsn: str) -> AsyncIterator[SqlLine]:
    async with Database(asked_dsn) as database:
        yield SqlLine(database)


def texts(answer: Answer) -> list[tuple[str | None, ...]]:
    return [tuple(None if value is None else value.text for value in row.values) for row in answer.rows]


@pytest.mark.parametrize(
    ("statement", "names", "rows"),
    [
        ("SELECT 1 AS a, 2 AS a, 3", ["a", "a", "?column?"], [("1", "2", "3")]),
        ("SELECT NULL::int AS n, '' AS e, 5 AS \" \"", ["n", "e", " "], [(None, "", "5")]),
        ("VALUES (1, 'x'), (2, NULL);", ["column1", "column2"], [("1", "x"), ("2", None)]),
        ("TABLE none_of_it", [], [(), ()]),
        ("SELECT", [], [()]),
        ("WITH w AS (SELECT 7 AS n) SELECT n FROM w -- done", ["n"], [("7",)]),
        ("(SELECT 2 AS x UNION ALL SELECT 1) ORDER BY x", ["x"], [("1",), ("2",)]),
        ("SHOW lock_timeout", ["lock_timeout"], [("100ms",)]),
        (
            "SELECT pg_sleep(0), ROW(1, 'a b'), ARRAY[1, NULL], '\\x00ff'::bytea",
            None,
            [("", '(1,"a b")', "{1,NULL}", "\\x00ff")],
        ),
        ("SELECT true, 'NaN'::float8, '{\"a\": 1}'::jsonb", None, [("true", "NaN", '{"a": 1}')]),
    ],
)
async def test_every_form_of_a_question_is_answered(
    line: SqlLine, statement: str, names: list[str] | None, rows: list[tuple[str | None, ...]]
) -> None:
    answer = await line.run(read(statement))
    assert texts(answer) == rows
    assert names is None or [column.name for column in answer.columns] == names
    assert answer.user == line.database.facts.user


async def test_what_the_planner_knows_of_values_is_answered(line: SqlLine, asked_dsn: str, connect: Connect) -> None:
    """Columns of any array's type, which the driver does not know."""
    await (await connect(asked_dsn)).execute("ANALYZE kept")
    answer = await line.run(read("SELECT histogram_bounds FROM pg_stats WHERE tablename = 'kept' AND attname = 'id'"))
    assert texts(answer) == [("{1,2,3,4}",)]


async def test_explain_is_answered_and_even_analyze_writes_nothing(line: SqlLine) -> None:
    assert "Seq Scan" in str(texts(await line.run(read("EXPLAIN SELECT * FROM kept"))))
    with pytest.raises(QueryError, match="read-only transaction"):
        await line.run(read("EXPLAIN ANALYZE DELETE FROM kept"))


async def test_the_server_cuts_values_and_rows(line: SqlLine) -> None:
    answer = await line.run(read("SELECT body FROM kept WHERE id = 1"))
    (value,) = answer.rows[0].values
    assert value is not None
    assert (len(value.text), value.length, value.more) == (4000, 10_000, True)
    many = await line.run(read("SELECT i FROM generate_series(1, 5000) AS i"))
    assert len(many.rows) == 1000
    assert "more than these 1,000 rows" in many.more
    wide = await line.run(read(f"SELECT {', '.join(['repeat($$x$$, 9000)'] * 20)} FROM generate_series(1, 5000)"))
    assert 0 < len(wide.rows) < 1000
    assert "32" in wide.more or "MB" in wide.more


async def test_a_long_value_is_read_on_in_pieces_while_it_is_the_same(
    line: SqlLine, asked_dsn: str, connect: Connect
) -> None:
    wish = read("SELECT id, body FROM kept ORDER BY id")
    answer = await line.run(wish)
    piece = await line.piece(wish, 2, answer.rows[0], 1, 8001)
    assert (piece.text, piece.start, piece.end, piece.length) == ("ab" * 1000, 8001, 10_000, 10_000)
    admin = await connect(asked_dsn)
    await admin.execute("UPDATE kept SET body = body || 'c' WHERE id = 1")
    with pytest.raises(QueryError, match="another one by now"):
        await line.piece(wish, 2, answer.rows[0], 1, 8001)
    await admin.execute("UPDATE kept SET body = repeat('ab', 5000) WHERE id = 1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("DELETE FROM kept", "DELETE is not run here"),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("SET transaction_read_only = off", "SET is not run here"),
        ("DO $$ BEGIN COMMIT; END $$", "DO is not run here"),
        ("CALL something()", "CALL is not run here"),
        ("COPY kept TO PROGRAM 'id'", "COPY is not run here"),
        ("WITH w AS (DELETE FROM kept RETURNING id) SELECT * FROM w", "DELETE writes"),
        ("SELECT * INTO copy FROM kept", "makes a table"),
        ("SELECT * FROM kept FOR UPDATE", "lock rows"),
        ("SELECT pg_terminate_backend(1)", "acts"),
        ('SELECT pg_catalog . "pg_cancel_backend" (1)', "acts"),
        ("SELECT set_config('a.b', 'c', false)", "acts"),
        ('SELECT U&"pg\\005fterminate_backend"(1)', "by numbers"),
        ("SELECT query_to_xml('SELECT pg_terminate_backend(1)', true, true, '')", "runs a text"),
        ("SELECT * FROM ts_stat('SELECT pg_terminate_backend(1)')", "runs a text"),
        ("SELECT 1 -- \r, pg_terminate_backend(1)", "acts"),
        ("SELECT bt_index_parent_check('kept_pkey')", "acts"),
        ("SELECT pg_start_backup('x')", "acts"),
        ("EXPLAIN ANALYZE CREATE TABLE made AS SELECT 1", "would make the table"),
        ("SELECT '\0'", "no text"),
        ("SELECT '\udcff'", "no text"),
        ("SELECT $1", "no values"),
        ("", "write a statement"),
    ],
)
def test_what_does_not_read_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert why in str(caught.value)


async def test_what_gets_past_the_words_the_server_refuses(line: SqlLine, asked_dsn: str, connect: Connect) -> None:
    for statement in ("SELECT writes()", "SELECT lo_put(1, 0, 'x') FROM kept", "SELECT 1) AS q, (SELECT writes()"):
        with pytest.raises(GbtuiError):
            await line.run(read(statement))
    admin = await connect(asked_dsn)
    assert await admin.fetchval("SELECT count(*) FROM kept") == 4


async def test_an_error_says_where(line: SqlLine) -> None:
    with pytest.raises(QueryError, match="at sign 10: FORM kept"):
        await line.run(read("SELECT * FORM kept"))
    with pytest.raises(QueryError, match="at line 2, sign 6: gone"):
        await line.run(read("SELECT *\nFROM gone"))
    with pytest.raises(QueryError, match="division by zero"):
        await line.run(read("SELECT 1 / (id - id) FROM kept"))


async def test_the_deadline_and_a_cancel_end_it_on_the_server(line: SqlLine, asked_dsn: str, connect: Connect) -> None:
    with pytest.raises(DeadlineError):
        await line.run(read("SELECT pg_sleep(60)"), 0.2)
    admin = await connect(asked_dsn)
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(61)%' AND pid <> pg_backend_pid()"
    task = asyncio.create_task(line.run(read("SELECT pg_sleep(61)")))

    async def runs() -> bool:
        return bool(await admin.fetchval(running))

    async def is_over() -> bool:
        return not await runs()

    await until(runs)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(is_over)
    assert texts(await line.run(read("SELECT 1"))) == [("1",)]


async def write(line: SqlLine, statement: str, path: Path, most: int = 1 << 20) -> Written:
    return await stream(
        line.database, read(statement), path, most=most, seconds=10.0, progress=lambda _rows, _held: None
    )


async def test_all_of_it_goes_to_a_file_of_its_owner_and_never_over_another(line: SqlLine, tmp_path: Path) -> None:
    written = await write(line, "SELECT id, body FROM kept WHERE id > 1 ORDER BY id", tmp_path / "rows.csv")
    assert (written.rows, written.whole) == (3, True)
    assert (tmp_path / "rows.csv").read_text() == 'id,body\n2,""\n3,\n4,\'=1+1\n'
    assert stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode) == 0o600
    assert written.bytes == (tmp_path / "rows.csv").stat().st_size
    with pytest.raises(UsageError, match="there already"):
        await write(line, "SELECT 1", tmp_path / "rows.csv")
    await write(line, "SELECT i, i AS i, NULL FROM generate_series(1, 3000) AS i", tmp_path / "rows.json")
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert len(rows) == 3000
    assert rows[0] == {"i": "1", "i_2": "1", "column_3": None}


async def test_a_file_stays_under_its_size_and_ends_with_a_whole_row(line: SqlLine, tmp_path: Path) -> None:
    written = await write(line, "SELECT repeat('x', 999) FROM generate_series(1, 100)", tmp_path / "a.json", 20_000)
    assert not written.whole
    held = json.loads((tmp_path / "a.json").read_text())
    assert len(held) == written.rows
    assert 15_000 < (tmp_path / "a.json").stat().st_size <= 20_000


async def test_what_no_file_of_that_size_can_hold_does_not_come_over_the_wire(line: SqlLine, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = "SELECT repeat('x', 40000000) FROM generate_series(1, 12)"
    written = await write(line, large, tmp_path / "large.csv", 100_000)
    assert (written.rows, written.whole) == (0, False)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 40_000, "kilobytes: one value alone would be more"


async def test_masks_reach_everything(asked_dsn: str, tmp_path: Path) -> None:
    async with Database(asked_dsn, redact=True) as database:
        line = SqlLine(database)
        answer = await line.run(read("SELECT 'ana@example.org' AS a"))
        (value,) = answer.rows[0].values
        assert value is not None
        assert (value.text, value.length) == ("‹e-mail›", 8)
        await write(line, "SELECT 'ana@example.org' AS a", tmp_path / "a.csv")
        assert "ana@" not in (tmp_path / "a.csv").read_text()


def test_history_keeps_statements_for_their_owner_and_none_with_a_secret(tmp_path: Path) -> None:
    history = History(tmp_path / "deep" / "history.json")
    for text in ("SELECT 1", "SELECT 2", "SELECT 1"):
        assert history.add(read(text))
    assert history.statements() == ["SELECT 2", "SELECT 1"]
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
    for text in (
        "SELECT * FROM users WHERE password_hash = 'x'",
        "SELECT 'postgres://me:pw@host/db'",
        "SELECT * FROM users WHERE email = 'ana@example.org'",
    ):
        assert not history.add(read(text))
    assert history.statements() == ["SELECT 2", "SELECT 1"]
    history.path.write_text("not json")
    assert history.statements() == []
    if os.getuid():
        history.path.parent.chmod(0o500)
        assert not history.add(read("SELECT 3"))


def test_a_statement_about_secrets_goes_on_record_without_its_constants() -> None:
    assert read("SELECT id FROM users WHERE token = 'abc'").on_record == "SELECT id FROM users WHERE token = '…'"
    assert read("SELECT id FROM users WHERE name = 'abc'").on_record == "SELECT id FROM users WHERE name = 'abc'"


def test_names_tell_columns_apart_and_sizes_are_read() -> None:
    assert unique(["a", "", "a", "a_2", "?column?"]) == ["a", "column_2", "a_2", "a_2_2", "column_5"]
    assert [bytes_of(text) for text in ("100MB", "2 GB", "500kB", "10", "x", "-1MB", "")] == [
        100 << 20, 2 << 30, 500 << 10, 10, None, None, None,
    ]  # fmt: skip
