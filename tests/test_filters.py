"""The filter grammar: what a person writes narrows what they see, and a wrong filter says where it is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.filters import FilterError, parse, quantity

NOW = datetime(2026, 11, 23, 14, 2, 31, tzinfo=UTC)
COLUMNS = ("tenant", "state", "size", "last", "share")
SHOWN = {"tenant": "Acme Süd", "state": "idle in transaction", "size": "1.2 GB", "last": "6 m", "share": "38 %"}
VALUES = {"size": 1_288_490_189, "last": NOW - timedelta(minutes=6)}


def matches(text: str, marks: tuple[str, ...] = ("waiting",)) -> bool:
    return parse(text, COLUMNS, ("waiting", "idle")).matches(SHOWN, values=VALUES, marks=marks, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "acme",
        "ACME idle",
        '"in transaction"',
        "tenant:süd",
        'state:"idle in"',
        "size>1GB",
        "size<=1300MiB",
        "last>5m",
        "last<1h",
        "last>2026-11-23",
        "share>=38%",
        "share=38",
        "tenant:/^acme/",
        "/in.*action/",
        "is:waiting",
        "!is:idle",
        "!globex !size>2GB",
        "!!acme",
        "TENANT:acme",
        '"6 m"',
    ],
)
def test_holds(text: str) -> None:
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "globex",
        "acme globex",
        "!acme",
        "size>2GB",
        "last>10m",
        "is:idle",
        "state:/^in/",
        "tenant:idle",
        "last>2027-01-01",
    ],
)
def test_does_not_hold(text: str) -> None:
    assert not matches(text)


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("acme foo:bar", 5, "no column 'foo'"),
        ("size>", 5, "missing"),
        ("size>big", 5, "no number"),
        ("acme !", 6, "nothing follows"),
        ('a "b c', 2, "not closed"),
        ("/a(/", 2, "regular expression"),
        ("/a", 0, "not closed"),
        ("is:mad", 3, "unknown mark"),
    ],
)
def test_wrong_filter_says_where(text: str, at: int, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text, COLUMNS, ("waiting",))
    assert caught.value.at == at
    assert says in str(caught.value)
    assert f"column {at + 1}" in str(caught.value)


def test_times_and_addresses_are_plain_words() -> None:
    assert parse("14:02", COLUMNS).matches({"last": "14:02:31"})
    assert parse('"http://x"', COLUMNS).matches({"state": "GET http://x/y"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5GB", 1.5 * 2**30),
        ("5m", 300),
        ("12k", 12_000),
        ("41 %", 41),
        ("1,204", 1204),
        ("3 kB/s", 3072),
        ("2 ms", 0.002),
    ],
)
def test_quantity(text: str, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_an_error_within_it(text: str) -> None:
    try:
        parse(text, COLUMNS, ("waiting",)).matches(SHOWN, values=VALUES, now=NOW)
    except FilterError as error:
        assert 0 <= error.at <= len(text)


@given(st.text(min_size=1, max_size=20).filter(lambda text: not any(sign in text for sign in '"\\')))
def test_a_quoted_text_finds_itself_and_its_negation_does_not(text: str) -> None:
    row = {"tenant": f"<{text}>"}
    assert parse(f'tenant:"{text}"', COLUMNS).matches(row)
    assert not parse(f'!"{text}"', COLUMNS).matches(row)


@given(st.lists(st.sampled_from(["acme", "!globex", "size>1GB", "last<1m", "is:waiting", "/idle/"]), max_size=5))
def test_a_filter_is_the_and_of_its_terms(terms: list[str]) -> None:
    assert matches(" ".join(terms)) == all(matches(term) for term in terms)
