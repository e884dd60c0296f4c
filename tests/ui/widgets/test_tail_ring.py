"""The tail's buffer: nothing lost uncounted, nothing looked at taken away."""

from hypothesis import given
from hypothesis import strategies as st

from gbtui.ui.widgets.tail_ring import Ring, TailLine


def line(n: int) -> TailLine:
    return TailLine(n, "", "", f"message {n}")


def filled(limit: int, *ns: int) -> Ring:
    ring = Ring(limit)
    ring.append(map(line, ns))
    return ring


def keys(ring: Ring) -> list[object]:
    return [ring[number].key for number in ring.shown]


def test_the_newest_stay_and_the_others_are_counted() -> None:
    ring = filled(3, *range(10))
    assert keys(ring) == [7, 8, 9]
    assert (len(ring), ring.scrolled_out) == (3, 7)


def test_pinned_lines_outlive_their_turn_and_the_gap_is_told() -> None:
    ring = filled(3, 0, 1, 2)
    ring.pin(0, 1)
    ring.append(map(line, range(3, 10)))
    assert keys(ring) == [0, 1, 7, 8, 9]
    assert (ring.missing_after(0), ring.missing_after(1), ring.missing_after(7)) == (0, 5, 0)
    ring.trim()
    assert keys(ring) == [7, 8, 9]


def test_a_filter_judges_old_and_new_lines() -> None:
    ring = filled(10, *range(4))
    ring.narrow(lambda one: one.key in (1, 3, 5))
    ring.append(map(line, (4, 5)))
    assert keys(ring) == [1, 3, 5]
    ring.narrow(None)
    assert keys(ring) == [0, 1, 2, 3, 4, 5]


def test_history_has_room_of_its_own_until_trimmed() -> None:
    ring = filled(3, *range(10))
    ring.prepend([line(5), line(6)])
    ring.append([line(10)])
    assert keys(ring) == [5, 6, 8, 9, 10]
    assert [ring.missing_after(number) for number in ring.shown] == [0, 1, 0, 0, 0]
    ring.prepend([line(3), line(4)])
    assert keys(ring) == [3, 4, 5, 8, 9, 10]
    ring.trim()
    assert keys(ring) == [8, 9, 10]


def test_history_comes_before_lines_that_are_looked_at() -> None:
    ring = filled(3, 10, 11, 12)
    ring.pin(0, 1)
    ring.append(map(line, range(13, 20)))
    ring.prepend([line(8), line(9)])
    assert keys(ring) == [8, 9, 10, 11, 17, 18, 19]
    ring.narrow(lambda one: one.key in (8, 18))
    assert [ring.missing_after(number) for number in ring.shown] == [5, 0]


@given(
    st.integers(1, 6),
    st.lists(st.one_of(st.integers(0, 9), st.tuples(st.integers(0, 20), st.integers(0, 20)), st.booleans())),
)
def test_whatever_happens_each_line_is_in_the_buffer_or_counted(
    limit: int, steps: list[int | tuple[int, int] | bool]
) -> None:
    ring, came, pinned = Ring(limit), 0, range(0)
    odd = False
    for step in steps:
        if isinstance(step, bool):
            odd = step
            ring.narrow((lambda one: int(str(one.key)) % 2 == 1) if odd else None)
        elif isinstance(step, int):
            present = {number for number in pinned if number in ring._lines}
            ring.append(line(n) for n in range(came, came + step))
            came += step
            assert present <= set(ring._lines)
        else:
            pinned = range(step[0], step[1] + 1)
            ring.pin(*step)
        assert len(ring) == min(came, limit)
        assert len(ring) + ring.scrolled_out == came
        wanted = set(range(ring.first, ring.end)) | {n for n in ring._lines if n in pinned}
        assert set(ring._lines) == wanted
        assert ring.shown == sorted(n for n in wanted if not odd or n % 2)
        assert all(ring[number].key == number for number in ring.shown)
