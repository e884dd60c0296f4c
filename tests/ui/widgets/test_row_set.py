"""The rows of a table keep their cursor, whatever comes."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gbtui.ui.widgets.row_set import RowSet


@dataclass(frozen=True)
class Row:
    id: int
    size: int | None = 0


def rows(*ids: int) -> list[Row]:
    return [Row(id_, id_) for id_ in ids]


def made(*ids: int) -> RowSet[Row]:
    made_ = RowSet[Row](lambda row: row.id)
    made_.replace(rows(*ids))
    return made_


def ids(of: RowSet[Row]) -> list[int]:
    return [row.id for row in of.shown]


def test_an_untouched_cursor_stays_on_the_first_line() -> None:
    set_ = made(5, 6)
    set_.replace(rows(1, 5, 6))
    assert set_.cursor == Row(1, 1)


def test_the_cursor_goes_with_its_row() -> None:
    set_ = made(1, 2, 3)
    set_.move(1)
    set_.replace(rows(9, 8, 3, 2))
    assert (set_.index, set_.cursor) == (3, Row(2, 2))


def test_a_vanished_row_stays_until_the_cursor_leaves_it() -> None:
    set_ = made(1, 2, 3)
    set_.move(1)
    set_.replace(rows(1, 3, 4))
    assert (ids(set_), set_.index, set_.gone) == ([1, 2, 3, 4], 1, True)
    set_.replace(rows(1, 3, 4, 5))
    assert (ids(set_), set_.gone) == ([1, 2, 3, 4, 5], True)
    set_.move(2)
    assert (ids(set_), set_.cursor, set_.gone) == ([1, 3, 4, 5], Row(3, 3), False)


def test_a_vanished_row_that_comes_back_is_itself_again() -> None:
    set_ = made(1, 2, 3)
    set_.move(1)
    set_.replace(rows(1, 3))
    set_.replace(rows(3, 1, 2))
    assert (ids(set_), set_.index, set_.gone) == ([3, 1, 2], 2, False)


def test_the_last_row_may_vanish_too() -> None:
    set_ = made(1)
    set_.move(0)
    set_.replace([])
    assert (ids(set_), set_.gone) == ([1], True)
    set_.move(1)
    assert (ids(set_), set_.cursor) == ([1], Row(1, 1))


def test_a_filter_moves_the_cursor_to_the_next_row_it_leaves() -> None:
    set_ = made(1, 2, 3, 4, 5)
    set_.move(2)
    set_.narrow(lambda row: row.id in (1, 5))
    assert (ids(set_), set_.cursor, set_.hidden, set_.gone) == ([1, 5], Row(5, 5), 3, False)
    set_.narrow(None)
    assert (set_.index, set_.hidden) == (4, 0)


def test_a_row_that_stops_passing_the_filter_stays_under_the_cursor() -> None:
    set_ = made(1, 2, 3)
    set_.narrow(lambda row: (row.size or 0) > 1)
    set_.move(0)
    set_.replace([Row(1, 1), Row(2, 0), Row(3, 3)])
    assert (ids(set_), set_.gone, set_.cursor) == ([2, 3], True, Row(2, 2))


def test_sorting_is_stable_both_ways_and_puts_unknown_last() -> None:
    set_ = RowSet[Row](lambda row: row.id)
    set_.replace([Row(1, 2), Row(2, None), Row(3, 1), Row(4, 2)])
    set_.order(lambda row: row.size)
    assert ids(set_) == [3, 1, 4, 2]
    set_.order(lambda row: row.size, reverse=True)
    assert ids(set_) == [1, 4, 3, 2]
    set_.order(None)
    assert ids(set_) == [1, 2, 3, 4]


def test_marks_stay_with_rows_and_end_with_them() -> None:
    set_ = made(1, 2, 3)
    set_.move(1)
    set_.mark()
    set_.replace(rows(3, 2, 1))
    set_.narrow(lambda row: row.id != 2)
    assert (set_.marked, set_.marked_hidden) == (rows(2), rows(2))
    set_.replace(rows(3, 1))
    set_.replace(rows(3, 2, 1))
    assert set_.marked == []


def test_mark_all_marks_what_is_shown_and_again_nothing_at_all() -> None:
    set_ = made(1, 2, 3)
    set_.mark()
    set_.narrow(lambda row: row.id != 1)
    set_.mark_all()
    assert set_.marked == rows(1, 2, 3)
    set_.mark_all()
    assert set_.marked == []


def test_a_gone_row_takes_no_mark() -> None:
    set_ = made(1, 2)
    set_.move(0)
    set_.replace(rows(2))
    set_.mark()
    set_.mark_all()
    assert set_.marked == rows(2)


class Shuffled(RuleBasedStateMachine):
    """Whatever is done, a cursor that was moved stays on its row or on its ghost; nothing is lost or doubled."""

    def __init__(self) -> None:
        super().__init__()
        self.set = made()
        self.given: list[Row] = []

    @rule(ids=st.lists(st.integers(0, 8), unique=True))
    def replace(self, ids: list[int]) -> None:
        before, anchored = self.set.cursor, self.set._anchored
        self.given = rows(*ids)
        self.set.replace(self.given)
        if anchored and before is not None:
            assert self.set.cursor == before

    @rule(index=st.integers(-2, 9))
    def move(self, index: int) -> None:
        self.set.move(index)

    @rule(reverse=st.booleans(), by=st.booleans())
    def order(self, reverse: bool, by: bool) -> None:
        before, anchored = self.set.cursor, self.set._anchored
        self.set.order((lambda row: row.size) if by else None, reverse=reverse)
        if anchored and before is not None:
            assert self.set.cursor == before

    @rule(kept=st.none() | st.sets(st.integers(0, 8)))
    def narrow(self, kept: set[int] | None) -> None:
        self.set.narrow(None if kept is None else lambda row: row.id in kept)

    @rule()
    def mark(self) -> None:
        self.set.mark()

    @rule()
    def mark_all(self) -> None:
        self.set.mark_all()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        shown = [row.id for row in self.set.shown]
        assert len(shown) == len(set(shown))
        assert len(shown) + self.set.hidden - self.set.gone == len(self.given)
        assert 0 <= self.set.index < max(1, len(shown))
        assert set(self.set.marked) <= set(self.given)


TestShuffled = Shuffled.TestCase


@given(st.lists(st.integers(0, 30), unique=True, min_size=1), st.data())
def test_go_to_finds_exactly_what_is_shown(ids_: list[int], data: st.DataObject) -> None:
    set_ = made(*ids_)
    key = data.draw(st.integers(0, 30))
    assert set_.go_to(key) == (key in ids_)
    if key in ids_:
        assert set_.cursor == Row(key, key)
