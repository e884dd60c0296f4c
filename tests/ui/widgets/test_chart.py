"""A chart says sizes by heights, what is not known by a dot, and what is expected apart."""

from hypothesis import given
from hypothesis import strategies as st

from gbtui.text import cells
from gbtui.ui.widgets.chart import Series, chart


def drawn(series: Series, width: int = 30, height: int = 5) -> list[str]:
    return ["".join(text for text, _ in line) for line in chart(series, width, height, lambda value: f"{value:.0f}")]


def test_it_grows_from_zero_with_a_scale_and_dates() -> None:
    lines = drawn(Series([0, 25, 50, 75, 100], (), "Jan", "", ""), 24, 5)
    assert [line.rstrip() for line in lines] == [
        "100                █████",
        "               █████████",
        " 50        █████████████",
        "  0 ▁▁▁█████████████████",
        "    Jan",
    ]


def test_what_is_not_known_is_a_dot_and_nothing_is_drawn_where_nothing_is_known() -> None:
    lines = drawn(Series([10, None, 10], (), "", "", ""), 14, 4)
    assert "·" in lines[2]
    assert "·" not in lines[0] + lines[1]
    assert drawn(Series([None, None])) == []
    assert drawn(Series([1.0]), 8, 5) == []


def test_what_is_expected_has_a_style_of_its_own() -> None:
    lines = chart(Series([5, 5, 5, 5], [10, 10], "a", "now", "b"), 24, 4, lambda value: f"{value:.0f}")
    *_, was, will = lines[2]
    assert (was[1], will[1]) == ("accent", "dim")
    assert len(will[0]) < len(was[0])


@given(
    st.lists(st.none() | st.floats(0, 1e12), max_size=200),
    st.lists(st.floats(0, 1e12), max_size=60),
    st.integers(0, 140),
    st.integers(0, 20),
)
def test_it_fits_whatever_is_asked(values: list[float | None], expected: list[float], width: int, height: int) -> None:
    lines = drawn(Series(values, expected, "2026-01-01", "now", "2026-02-01"), width, height)
    assert all(cells(line) <= width for line in lines)
    assert len(lines) in (0, height)
