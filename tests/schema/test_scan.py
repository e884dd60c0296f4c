"""The small lexer: where statements begin and end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.schema import scan


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", ["SELECT 1"]),
        (" ; ;\n", []),
        ("/* a /* nested */ ; */ -- ; \n", []),
        ("SELECT ';'; SELECT E'\\';'; SELECT \"a;\"\"b\"", ["SELECT ';'", "SELECT E'\\';'", 'SELECT "a;""b"']),
        ("DO $x$ BEGIN; $$ END $x$; SELECT $1", ["DO $x$ BEGIN; $$ END $x$", "SELECT $1"]),
        ("SELECT foo$bar$; SELECT 2", ["SELECT foo$bar$", "SELECT 2"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
            ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"],
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 4",
            [
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
                "SELECT 4",
            ],
        ),
        ("SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]),
        ("SELECT $a$ open; SELECT 2", ["SELECT $a$ open; SELECT 2"]),
        ("SELECT /* c */ 1 -- d\n; SELECT 'é'", ["SELECT /* c */ 1", "SELECT 'é'"]),
    ],
)
def test_statements_end_where_the_server_ends_them(sql: str, expected: list[str]) -> None:
    assert [piece.text(sql) for piece in scan.statements(sql)] == expected


def test_line_and_column_count_from_one_in_characters() -> None:
    sql = "é\n  x"
    assert scan.line_and_column(sql, 0) == (1, 1)
    assert scan.line_and_column(sql, sql.index("x")) == (2, 3)


@given(st.text(alphabet=list(" \n;'\"$ae_-*/\\()é1")))
def test_any_text_is_read_whole_and_in_order(sql: str) -> None:
    tokens = list(scan.tokens(sql))
    assert all(sql.startswith(token.text, token.start) and token.text for token in tokens)
    between = [sql[a.start + len(a.text) : b.start] for a, b in pairwise(tokens)]
    assert all(not gap.strip() for gap in between)
    assert list(scan.statements(sql)) is not None
