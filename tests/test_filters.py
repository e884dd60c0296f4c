"""The filter grammar: what a person writes narrows what they see, and a wrong filter says where it is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.filters import FilterError, offers, parse, quantity

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


def test_a_column_answers_to_the_names_it_has_in_other_lists() -> None:
    row = {"tenant": "acme", "last_text": "hello", "session_id": "018f"}
    for text in ("org:acme", "organization:acme", "text:hello", "message:hello", "session:018f", "tenant:acme"):
        assert parse(text, row).matches(row), text
    assert not parse("org:globex", row).matches(row)
    assert parse("tenant:a org:b", ["tenant", "org"]).columns == {"tenant", "org"}  # its own names come first


NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "holds"),
    [
        ('at>"2026-11-28 11:00 UTC"', NOON, True),
        ('at>"2026-11-28 13:00 UTC"', NOON, False),
        ("at<5m", NOON, True),
        ("at:12:00Z", NOON + timedelta(seconds=59), True),
        ("at:12:00Z", NOON + timedelta(seconds=60), False),
        ("at:12:00:07Z", NOON + timedelta(seconds=7), True),
        ("at:12:00:07Z", NOON + timedelta(seconds=8), False),
        ('at:"yesterday utc"', NOON - timedelta(hours=13), True),
        ('at:"yesterday utc"', NOON, False),
        ("time>11:00Z", NOON, True),
        ('created_at<"today utc"', NOON, False),
    ],
)
def test_a_time_is_typed_as_everywhere(text: str, at: datetime, holds: bool) -> None:
    wanted = parse(text, ["at"], now=NOON + timedelta(minutes=2))
    row = {"at": f"{at:%H:%M:%S}"}
    assert wanted.matches(row, values={"at": at}, now=NOON + timedelta(minutes=2)) is holds


def test_the_times_of_a_filter_are_echoed_in_full() -> None:
    wanted = parse('at>11:00Z !at:"2026-11-22 UTC" text:1', ["at", "text"], now=NOON)
    assert [term.moment for term in wanted.terms] == [
        datetime(2026, 11, 28, 11, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC), None,
    ]  # fmt: skip
    assert wanted.echo.startswith("at ")
    assert wanted.echo.count("2026-11-2") == 2
    assert parse("text:1", ["text"]).echo == ""


def test_a_column_aside_is_asked_by_its_name_alone() -> None:
    row, aside = {"text": "hello"}, {"script": "Latin"}
    assert parse("script:latin", ["text", "script"]).matches(row, aside=aside)
    assert not parse("latin", ["text", "script"]).matches(row, aside=aside)


def _offered(text: str) -> tuple[str, ...]:
    values = {"tenant": ["acme", "globex", "Max & Co", 'say "x"', "a\nb", "y" * 99, ""]}
    return offers(text, ["time", "tenant", "text"], ["waiting", "late"], lambda name: values.get(name, ()))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ("tenant:", "text:", "time:", "is:")),
        ("te", ("tenant:", "text:")),
        ("i", ("is:",)),
        ("org:ac", ("org:acme",)),
        ("or", ("org:", "organization:")),
        ("hello !tenant:gl", ("hello !tenant:globex",)),
        ("tenant:o", ("tenant:\"Max & Co\"", "tenant:globex")),
        ('tenant:"Max &', ('tenant:"Max & Co"',)),
        ("tenant:say", ('tenant:"say \\"x\\""',)),
        ("is:", ("is:late", "is:waiting")),
        ("is:w", ("is:waiting",)),
        ("nothing:x", ()),
        ("text:", ()),
        ('"a phrase" ', ('"a phrase" tenant:', '"a phrase" text:', '"a phrase" time:', '"a phrase" is:')),
    ],
)  # fmt: skip
def test_the_last_word_completes(typed: str, offered: tuple[str, ...]) -> None:
    assert _offered(typed) == offered


@pytest.mark.parametrize("typed", ["tenant:", "is:", "x !tenant:"])
def test_what_is_offered_can_be_read(typed: str) -> None:
    for line in _offered(typed):
        parse(line, ["time", "tenant", "text"], ["waiting", "late"])
