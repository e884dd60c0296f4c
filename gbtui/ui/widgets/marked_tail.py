"""A tail whose lines can be marked, and in which one can go to a line."""

from collections.abc import Callable, Hashable
from typing import ClassVar

from textual.binding import Binding, BindingType

from gbtui.ui.widgets.runs import Line
from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.ui.widgets.tail_view import TailView


class MarkedTail(TailView):
    """The prefix of its lines begins with a space, where the mark stands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", id="list.mark", tooltip="Mark this message, or take its mark away"),
        Binding("a", "mark_all", "mark all", id="list.mark_all", tooltip="Mark all shown; again: none", show=False),
    ]

    _marks: frozenset[Hashable] = frozenset()

    @property
    def marked(self) -> list[TailLine]:
        """The marked lines that are in the buffer, oldest first, those a filter hides included."""
        return [line for line in self.all_lines if line.key in self._marks] if self._marks else []

    def is_marked(self, line: TailLine) -> bool:
        """Whether this line is marked."""
        return line.key in self._marks

    def unmark(self) -> None:
        """Take all marks away."""
        self._marks = frozenset()
        self._changed()

    def action_mark(self) -> None:
        """Mark the message, or take its mark away; a picture that follows stops, so that it can be seen."""
        line = self.cursor_line
        if line is not None and line.data is not None:
            self._stop_following()
            self._marks ^= {line.key}
            self._changed()

    def action_mark_all(self) -> None:
        """Mark all messages shown; if all are, take every mark away."""
        keys = frozenset(line.key for line in self.shown_lines if line.data is not None)
        self._marks = frozenset() if keys <= self._marks else self._marks | keys
        self._changed()

    def go_to(self, key: Hashable) -> bool:
        """Put the cursor on a line, with some of what stands before it in sight; False if it is not shown."""
        number = next((number for number in self._ring.shown if self._ring[number].key == key), None)
        if number is None:
            return False
        self._stop_following()
        self._cursor = number
        if number not in self._numbers():
            self._top = (number, 0)
            for _ in range(self.size.height // 3):
                self._top = self._layout.step(self._top, -1)
        self._show_cursor()
        self._changed()
        return True

    def walk(self, step: int, wanted: Callable[[TailLine], bool]) -> bool:
        """Put the cursor on the next line (`step` 1) or the one before (-1) that is wanted."""
        line = self._ring.from_index(self._index, step, wanted)
        return line is not None and self.go_to(line.key)

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """With the marks."""
        lines = super().compose_lines(width, height)
        if not self._marks:
            return lines
        sign = self.glyphs.marked
        for at, (number, part) in enumerate(self._spots):
            if part == 0 and self._ring[number].key in self._marks and lines[at]:
                (text, style), *rest = lines[at]
                lines[at] = ((sign + text[1:], f"{style} bold"), *rest)
        return lines
