"""Texts of statements: taken apart without losing a sign, laid out without changing one, judged without the server."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gbtui.database.statement_text.layout import formatted, laid_out, styled
from gbtui.database.statement_text.lexing import (
    Kind,
    called,
    first_word,
    highest_parameter,
    meant,
    names_by_numbers,
    on_one_line,
    one_statement,
    tokens,
    without_constants,
)

WORDS = r"""select SELECT from where and or ( ) ; , . a.b "a""b" 'x''y' E'a\'b' $1 $$x;y$$ $q$ -- /* */ :: || 1.5e3 é"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])
TEXTS = st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60)


@given(TEXTS)
@example("/* a /* b */ c")
@example("'never closed")
@example("$tag$ never closed $other$")
def test_nothing_is_lost(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


@given(TEXTS)
@example("SELECT 1 -- a comment; and\nFROM t")
def test_laying_out_changes_spaces_alone(text: str) -> None:
    shown = formatted(text)
    assert [token.text.rstrip() for token in meant(shown)] == [token.text.rstrip() for token in meant(text.strip())]


def test_a_line_a_clause_a_condition_a_join() -> None:
    text = (
        "SELECT a.b, count(*) FILTER (WHERE x) OVER (ORDER BY z) FROM t AS a LEFT OUTER JOIN b ON a.id=b.id AND b.x "
        "BETWEEN $1 AND $2 WHERE EXISTS (SELECT FROM q WHERE q.id = a.id) OR a.c::text = 'x' ORDER BY 2 LIMIT $3"
    )
    assert formatted(text).split("\n") == [
        "SELECT a.b, count(*) FILTER (WHERE x) OVER (ORDER BY z)",
        "FROM t AS a",
        "LEFT OUTER JOIN b ON a.id=b.id",
        "  AND b.x BETWEEN $1 AND $2",
        "WHERE EXISTS (",
        "    SELECT",
        "    FROM q",
        "    WHERE q.id = a.id",
        ")",
        "  OR a.c::text = 'x'",
        "ORDER BY 2",
        "LIMIT $3",
    ]


def test_key_words_values_and_comments_are_told_apart_and_a_word_in_a_text_is_none() -> None:
    (line,) = laid_out("SELECT 'from' || $1 /* where */")
    assert {text: style for text, style in styled(line) if text.strip()} == {
        "SELECT": "bold", "'from'": "accent", "||": "", "$1": "accent", "/* where */": "dim",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("SELECT 1;", "SELECT 1"),
        (" ; SELECT 1 ; -- done", "SELECT 1"),
        ("SELECT ';', $$;$$, \";\" /* ; */", "SELECT ';', $$;$$, \";\""),
        ("SELECT 1; SELECT 2", None),
        ("-- nothing", ""),
    ],
)
def test_several_statements_are_seen(text: str, one: str | None) -> None:
    assert one_statement(text) == one


def test_what_a_statement_is_and_names() -> None:
    assert first_word("/* tenant='a' */ ( (select 1))") == "SELECT"
    assert highest_parameter("SELECT $2, '$9', \"$8\"") == 2
    assert called('SELECT Pg_Sleep (1), "Odd"(2), x.y(3)') == {"pg_sleep", "Odd", "y"}
    assert without_constants("SELECT 'secret' /* so */ , $$more$$, 5") == "SELECT '…'  , '…', 5"
    assert on_one_line("SELECT a -- not b\n  FROM t /* c */\nWHERE x = 1") == "SELECT a FROM t WHERE x = 1"
    assert on_one_line("SELECT '--  no'\nFROM t") == "SELECT '--  no' FROM t"
    assert [token.kind for token in meant("U&'x' 0x1F :name")][:2] == [Kind.TEXT, Kind.NUMBER]


def test_what_the_server_calls_otherwise_than_it_looks_is_called_so_here() -> None:
    assert called("SELECT 1 -- x\r + after(1)") == {"after"}, "a carriage return ends a comment"
    assert called("SELECT E''\n'\\'' || behind(1) -- '") == {"behind"}, "the second part has backslashes, too"
    assert called("SELECT \u00a0a(1), \u0661b(1), \u00c9c(1)") == {"\u00a0a", "\u0661b", "\u00c9c"}
    assert names_by_numbers('SELECT U&"\\0061"(1)')
    assert not names_by_numbers("SELECT u & \"a\", U&'\\0061'")
