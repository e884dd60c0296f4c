"""The rows of a table: their order, what a filter leaves, the cursor and the marks. Knows nothing of drawing."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class RowSet(Generic[R]):
    """Rows with a cursor that stays with its row.

    The cursor belongs to a key, not to a line: through new rows, another order or another filter it stays with
    its row. When new rows come without it, the row is kept at its place (`gone`) until the cursor leaves it.
    Before the cursor is first moved it stays on the first line, whatever comes there.
    """

    def __init__(self, key: Callable[[R], Hashable]) -> None:
        self.key = key
        self.rows: Sequence[R] = ()
        self.shown: list[R] = []
        """What is to be seen, in order, a row that is gone but under the cursor included."""
        self.hidden = 0
        """Rows that the filter leaves out."""
        self.index = 0
        """The line of the cursor among `shown`."""
        self.gone = False
        """The row under the cursor is not in `rows` (or does not pass the filter) any more."""
        self._filter: Callable[[R], bool] | None = None
        self._order: Callable[[R], Any] | None = None
        self._reverse = False
        self._anchor: Hashable = None
        self._anchored = False
        self._marks: set[Hashable] = set()

    @property
    def cursor(self) -> R | None:
        """The row under the cursor."""
        return self.shown[self.index] if self.shown else None

    @property
    def marked(self) -> list[R]:
        """Marked rows in the order they came, those a filter hides included."""
        return [row for row in self.rows if self.key(row) in self._marks] if self._marks else []

    @property
    def marked_hidden(self) -> list[R]:
        """Marked rows that are not shown."""
        shown = {self.key(row) for row in self.shown}
        return [row for row in self.marked if self.key(row) not in shown]

    def replace(self, rows: Sequence[R]) -> None:
        """New rows; marks of rows that are not among them end."""
        stood = self.cursor if self._anchored else None
        self.rows = rows
        if self._marks:
            self._marks &= {self.key(row) for row in rows}
        self._arrange()
        self._find(stood, keep=True)

    def clear(self) -> None:
        """No rows, and nothing remembered of them; order and filter stay."""
        self._marks.clear()
        self._anchored, self._anchor = False, None
        self.replace(())

    def narrow(self, keep: Callable[[R], bool] | None) -> None:
        """Show only the rows that `keep` accepts; a cursor whose row is hidden goes to the next that is not."""
        before = self.shown
        self._filter = keep
        self._arrange()
        self._find(self._nearest(before), keep=False)

    def order(self, by: Callable[[R], Any] | None, *, reverse: bool = False) -> None:
        """Sort by a value, rows without one (None) last either way; equal rows, and all without `by`, as they came."""
        stood = self.cursor if self._anchored else None
        self._order, self._reverse = by, reverse
        self._arrange()
        self._find(stood, keep=self.gone)

    def move(self, index: int) -> None:
        """Put the cursor on line `index` (clamped); a gone row that it leaves goes."""
        if not self.shown:
            return
        index = max(0, min(index, len(self.shown) - 1))
        if self.gone and index != self.index:
            del self.shown[self.index]
            self.gone = False
            index -= index > self.index
        if self.shown:
            self.index = max(0, min(index, len(self.shown) - 1))
            self._anchored, self._anchor = True, self.key(self.shown[self.index])
        else:
            self.index = 0

    def go_to(self, key: Hashable) -> bool:
        """Put the cursor on the row with this key, if it is shown."""
        for index, row in enumerate(self.shown):
            if self.key(row) == key:
                self.move(index)
                return True
        return False

    def is_marked(self, row: R) -> bool:
        """Whether this row is marked."""
        return bool(self._marks) and self.key(row) in self._marks

    @property
    def anchored(self) -> bool:
        """Whether the cursor was ever moved."""
        return self._anchored

    def mark(self) -> None:
        """Mark the row under the cursor, or take its mark away; a row that is gone takes none."""
        if (row := self.cursor) is not None and not self.gone:
            self.move(self.index)
            self._marks ^= {self.key(row)}

    def mark_all(self) -> None:
        """Mark all rows shown; when all are, take every mark away, of hidden rows too."""
        keys = {self.key(row) for row in self.shown}
        if self.gone and (row := self.cursor) is not None:
            keys.discard(self.key(row))
        self._marks = set() if keys <= self._marks else self._marks | keys

    def clear_marks(self) -> None:
        """Take every mark away."""
        self._marks.clear()

    def _arrange(self) -> None:
        """Filter and sort `rows` into `shown`."""
        keep, by = self._filter, self._order
        shown = list(self.rows) if keep is None else [row for row in self.rows if keep(row)]
        self.hidden = len(self.rows) - len(shown)
        if by is not None:
            valued = [(value, row) for row in shown if (value := by(row)) is not None]
            without = [row for row in shown if by(row) is None] if len(valued) < len(shown) else []
            valued.sort(key=lambda pair: pair[0], reverse=self._reverse)
            shown = [row for _, row in valued] + without
        self.shown = shown

    def _find(self, stood: R | None, *, keep: bool) -> None:
        """Put the cursor where `stood` is now; with `keep`, a row that is gone stays at its line."""
        self.gone = False
        if stood is None or not self._anchored:
            self.index = 0 if not self._anchored else min(self.index, max(0, len(self.shown) - 1))
            return
        key = self.key(stood)
        for index, row in enumerate(self.shown):
            if self.key(row) == key:
                self.index, self._anchor = index, key
                return
        self.index = min(self.index, len(self.shown) if keep else max(0, len(self.shown) - 1))
        if keep:
            self.shown.insert(self.index, stood)
            self.gone = True

    def _nearest(self, before: Sequence[R]) -> R | None:
        """Of the rows shown before, the cursor's or the next (else the last) that is still shown."""
        if not self._anchored or not before:
            return None
        left = {self.key(row) for row in self.shown}
        at = min(self.index, len(before) - 1)
        for row in (*before[at:], *reversed(before[:at])):
            if self.key(row) in left:
                return row
        return None
