"""What is typed becomes a query that the server takes, whatever is typed; snippets of hostile texts are harmless."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gbtui.domain.search.hits import snip
from gbtui.domain.search.languages import named
from gbtui.domain.search.pace import AIM, Pace
from gbtui.domain.search.wish import Wish, read
from gbtui.domain.search.words import SEPARATORS, figures, query, wanted, wordless
from gbtui.errors import UsageError
from gbtui.resources import QUERIES
from tests.conftest import Connect, Server


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("refund late", "'refund' & 'late'"),
        ('"late parcel" refund', "('late' <-> 'parcel') & 'refund'"),
        ("refund or return late", "'refund' | 'return' & 'late'"),
        ("or or refund", "'or' | 'refund'"),
        ("!thanks refund -bye !!yes", "!('thanks') & 'refund' & !('bye') & 'yes'"),
        ('!"thank you" ref*', "!('thank' <-> 'you') & 'ref':*"),
        ("a.baker@example.com", "('a' <-> 'baker' <-> 'example' <-> 'com')"),
        ("it's '); DROP TABLE x; --", "('it' <-> 's') & 'DROP' & 'TABLE' & 'x'"),
        ('"not closed', "('not' <-> 'closed')"),
        ("¡Hola! 東京、大阪", "'Hola' & ('東京' <-> '大阪')"),
    ],
)
def test_queries(typed: str, wanted: str) -> None:
    assert query(typed) == wanted


@pytest.mark.parametrize("typed", ["", "   ", "!", '""', "... --- ***", "\x00", "x " * 60])
def test_nothing_or_too_much_to_look_for(typed: str) -> None:
    with pytest.raises(UsageError):
        query(typed)


@given(st.text(max_size=60))
def test_words_alone_go_into_a_query(typed: str) -> None:
    try:
        made = query(typed)
    except UsageError:
        return
    outside = re.sub(r"'[^'\\]+'", "w", made)
    assert re.fullmatch(r"(?:w|:\*| \| | & | <-> |!?\(|\))+", outside)


_ODD = st.text(st.sampled_from("ab1 \"'!-*()&|<>:\\.@or_東\u0301\u200b\x00\n\U0001f642"), max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.one_of(_ODD, st.text(max_size=40)))
async def test_the_server_takes_every_query(typed: str, server: Server, connect: Connect) -> None:
    try:
        made = query(typed)
    except UsageError:
        return
    connection = await connect(server.dsn)
    assert await connection.fetchval("SELECT numnode(to_tsquery('simple', $1))", made) >= 0


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("refund 4111-1111 !99 x2*", ("4111", "1111", "x2")), ('"order 7" -"card 8"', ("7",)), ("refund", ())],
)
def test_figures_that_are_looked_for(typed: str, wanted: tuple[str, ...]) -> None:
    assert figures(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "words"),
    [('Refund "late parcel" x2*', ("refund", "late", "parcel", "x2")), ("refund !late", None), ("refund -late", None),
     ('refund !"late parcel"', None), ("refund OR return", None), ("refund !!late", ("refund", "late"))],
)  # fmt: skip
def test_words_that_must_all_be_there(typed: str, words: tuple[str, ...] | None) -> None:
    assert wanted(typed) == words


def test_the_statements_part_words_as_we_do() -> None:
    literal = SEPARATORS.replace("'", "''")
    for name in ("search_messages", "search_documents"):
        text = (QUERIES / f"general_bots/{name}.sql").read_text()
        assert text.count(f"'{literal}', '{' ' * len(SEPARATORS)}'") == text.count("translate(")


def test_scripts_without_spaces_are_known() -> None:
    assert all(wordless(text) for text in ("東京トラベル", "ありがとう", "สวัสดี", "refund 返金"))
    assert not any(wordless(text) for text in ("refund", "여행 예약", "שלום", "Здравствуйте", "नमस्ते"))


def test_languages_have_names_and_codes() -> None:
    assert [named(text) for text in ("de", "pt-BR", "German", "simple", "klingon")] == [
        "german", "portuguese", "german", "simple", "klingon",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('refund "late parcel" --since 7d', Wish('refund "late parcel"', since="7d")),
        (
            '--since "yesterday 14:10" --bot support@acme x -y',
            Wish("x -y", since="yesterday 14:10", bot="support@acme"),
        ),
        ("--documents opening --language=de hours", Wish("opening hours", language="de", documents=True)),
        ('"--since" a--b --holding', Wish('"--since" a--b', holding=True)),
        ("", Wish()),
    ],
)
def test_lines(line: str, wanted: Wish) -> None:
    assert read(line) == wanted


@pytest.mark.parametrize("line", ["x --sinec 7d", "x --since", "x --since --documents"])
def test_wrong_lines(line: str) -> None:
    with pytest.raises(UsageError):
        read(line)


_TEXT = st.text(st.characters(), max_size=400)


@given(_TEXT, st.lists(st.tuples(st.integers(0, 400), st.integers(1, 30)), max_size=5), st.booleans(), st.booleans())
def test_snippets_are_one_harmless_line_with_their_matches_in_it(
    text: str, wanted: list[tuple[int, int]], before: bool, behind: bool
) -> None:
    spans: list[tuple[int, int]] = []
    for first, length in sorted(wanted):
        if first < len(text) and (not spans or first >= spans[-1][1]):
            spans.append((first, min(len(text), first + length)))
    snippet, matches, cut = snip(text, spans, before=before, behind=behind)
    assert not [c for c in snippet if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs")]
    assert all(0 <= first < last <= len(snippet) for first, last in matches)
    assert all(a[1] <= b[0] for a, b in pairwise(matches))
    assert cut or len(snippet) <= len(text)


@given(st.lists(st.floats(0.0001, 30), max_size=50), st.integers(1, 100_000))
def test_slices_stay_in_bounds_and_come_to_what_takes_a_moment(times: list[float], start: int) -> None:
    pace = Pace(start, 1, 100_000)
    for took in times:
        pace.took(took)
        assert 1 <= pace.size <= 100_000
    for _ in range(30):
        pace.took(pace.size / 1000)  # a server that reads a thousand a second
    assert abs(pace.size - 1000 * AIM) < 1


def test_a_slice_that_was_given_up_is_followed_by_smaller_ones_until_there_are_none() -> None:
    pace = Pace(1000, 1, 100_000)
    sizes = []
    while pace.gave_up():
        sizes.append(pace.size)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1
