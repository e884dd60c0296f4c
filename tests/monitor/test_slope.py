"""Growth that one jump does not bend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.monitor.slope import KEPT, added, slope


def line(per_second: float, number: int = 20) -> list[tuple[float, float]]:
    return [(15.0 * n, 1000.0 + per_second * 15.0 * n) for n in range(number)]


def test_two_measurements_are_no_growth_yet() -> None:
    assert slope(line(5.0, 2)) is None


def test_steady_growth_is_told_with_its_base() -> None:
    found = slope(line(5.0))
    assert found is not None
    assert (found.per_second, found.seconds, found.base) == (5.0, 285.0, 20)


def test_a_jump_and_a_drop_do_not_bend_it() -> None:
    points = line(5.0)
    points[7] = (points[7][0], 1e12)
    points[15] = (points[15][0], 0.0)
    found = slope(points)
    assert found is not None
    assert found.per_second == pytest.approx(5.0, rel=0.2)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_the_newest_are_kept_in_order(times: list[float]) -> None:
    points: tuple[tuple[float, float], ...] = ()
    for at in times:
        points = added(points, (at, 1.0))
    kept = [at for at, _ in points]
    assert kept == sorted(set(kept))
    assert len(kept) <= KEPT
    assert kept[-1] == max(times)
