"""Text for people: harmless, measured, with units."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gbtui import text

BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x07\x9b\x00\x7f\n\t\r\u2028\u202e\u2066\u200f\u200d\ufe0f\u0301[]mab 漢👩"),
    ),
    max_size=60,
)


def acts_on_a_terminal(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in BIDI


@given(HOSTILE)
def test_clean_text_holds_no_controls_and_cleaning_again_changes_nothing(s: str) -> None:
    cleaned = text.clean(s)
    assert not any(map(acts_on_a_terminal, cleaned))
    assert text.clean(cleaned) == cleaned
    cleaned.encode()


@given(HOSTILE)
def test_clean_keeps_line_ends_and_tabs_when_told(s: str) -> None:
    cleaned = text.clean(s, keep="\n\t")
    assert not any(acts_on_a_terminal(char) for char in cleaned if char not in "\n\t")
    assert text.clean(cleaned, keep="\n\t") == cleaned
    assert cleaned.count("\t") == s.count("\t")


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=40))
def test_clean_leaves_ordinary_text_alone(s: str) -> None:
    assert text.clean(s) == s


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]0;owned\x07x", "\ufffd]0;owned\ufffdx"),
        ("a\u202eb", "a\ufffdb"),
        ("שלום\u200f!", "שלום!"),
        ("one\r\ntwo\tthree", "one two three"),
        ("a\u00a0b\u2028c", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud800", "\ufffd"),
        ("ignore\U000e0041\U000e0042 this", "ignore this"),
    ],
)
def test_clean_examples(hostile: str, shown: str) -> None:
    assert text.clean(hostile) == shown


@given(HOSTILE, st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_fit_is_exactly_as_wide_as_asked(s: str, width: int, align: str) -> None:
    fitted = text.fit(s, width, "right" if align == "right" else "left")
    assert text.cells(fitted) == width
    assert not any(map(acts_on_a_terminal, fitted))


@given(HOSTILE, st.integers(0, 20), st.integers(0, 20))
def test_cut_is_exactly_as_wide_as_asked_wherever_it_starts(s: str, start: int, width: int) -> None:
    assert text.cells(text.cut(text.drawable(s), start, width)) == width


@given(st.text(st.characters(exclude_categories=["Cn", "Cs", "Co"]), max_size=30))
def test_cells_are_those_the_screen_counts(s: str) -> None:
    drawable = text.drawable(s)
    assert text.cells(drawable) == cell_len(drawable)


@given(HOSTILE, st.integers(2, 30))
def test_wrap_loses_only_spaces_at_breaks(s: str, width: int) -> None:
    lines = text.wrap(s, width)
    assert all(text.cells(line) <= width for line in lines)
    whole = "".join(text.drawable(part) for part in s.split("\n"))
    assert "".join(lines).replace(" ", "") == whole.replace(" ", "")


@pytest.mark.parametrize(
    ("s", "width", "shown"),
    [
        ("hello world", 7, "hello …"),
        ("漢字テスト", 5, "漢字…"),
        ("漢字テスト", 4, "漢 …"),
        ("e\u0301" * 3, 3, "e\u0301" * 3),
        ("x", 3, "x  "),
        ("👩\u200d👧", 5, "👩👧 "),
        ("z" + "\u0301" * 50, 2, "z" + "\u0301" * 4 + " "),
    ],
)
def test_fit_examples(s: str, width: int, shown: str) -> None:
    assert text.fit(s, width) == shown


def test_numbers_align_right() -> None:
    assert text.fit("12", 5, "right") == "   12"


def test_wrap_breaks_at_spaces_and_inside_long_words() -> None:
    assert text.wrap("the quick brown fox", 9) == ["the quick", "brown fox"]
    assert text.wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert text.wrap("one\n\ntwo", 10) == ["one", "", "two"]


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (text.size(0), "0 B"),
        (text.size(1023), "1023 B"),
        (text.size(1024), "1.0 kB"),
        (text.size(1024**2 - 1), "1.0 MB"),
        (text.size(81.2 * 1024**3), "81.2 GB"),
        (text.size(412 * 1024**2), "412 MB"),
        (text.size(-2048), "-2.0 kB"),
        (text.size(None), "–"),
        (text.count(1204), "1,204"),
        (text.count(123_456), "123 k"),
        (text.count(1_234_567), "1.2 M"),
        (text.count(2**63 - 1), "9.2 E"),
        (text.count(999_999), "1.0 M"),
        (text.count(-5), "-5"),
        (text.rate(0), "0"),
        (text.rate(0.01), "<0.1"),
        (text.rate(0.44), "0.4"),
        (text.rate(412.4, "/s"), "412/s"),
        (text.percent(0.41), "41 %"),
        (text.percent(0.001), "<1 %"),
        (text.percent(0.999), ">99 %"),
        (text.percent(1), "100 %"),
        (text.age(-3), "0 s"),
        (text.age(59.9), "59 s"),
        (text.age(183), "3 m"),
        (text.age(7200), "2 h"),
        (text.age(400_000), "4 d"),
        (text.age(None), "–"),
        (text.duration(0.42), "0.4 ms"),
        (text.duration(12.4), "12 ms"),
        (text.duration(2100), "2.1 s"),
        (text.duration(59_990), "1 m"),
        (text.duration(200_000), "3 m 20 s"),
        (text.duration(7_500_000), "2 h 5 m"),
        (text.plural(1, "row"), "1 row"),
        (text.plural(2, "reply", "replies"), "2 replies"),
    ],
)
def test_units(said: str, want: str) -> None:
    assert said == want
