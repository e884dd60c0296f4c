"""The lines of a conversation: a tail that knows both ends of its history, marks, and can be read from the middle."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.ui.widgets.tail_view import TailView

_ROOM = 100_000
"""Lines the buffer takes: more than a screen gives it, so that nothing goes without the screen's knowledge."""


class Part(Enum):
    """What lies beyond the lines there are."""

    OLDER = "older"
    NEWER = "newer"
    BEGINNING = "beginning"
    END = "end"


class TranscriptView(TailView):
    """While `more_below` is set, the last line is not the newest there is: reaching it asks for more, and does not
    follow. Lines may be marked; their prefix begins with a space, where the mark stands.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g,home", "first", "first", id="list.first", tooltip="The beginning of the conversation", show=False),
        Binding("G,end", "last", "newest", id="list.last", tooltip="Its end, and follow"),
        Binding("space", "mark", "mark", id="list.mark", tooltip="Mark this message, or take its mark away"),
        Binding("enter", "open", "all of it", id="list.open", tooltip="All of this message", show=False),
    ]

    @dataclass
    class Wants(Message):
        """The user goes beyond the lines there are."""

        part: Part

        def can_replace(self, message: Message) -> bool:
            """One page at a time."""
            return isinstance(message, TranscriptView.Wants) and message.part is self.part

    def __init__(self, *, empty: str) -> None:
        super().__init__(limit=_ROOM, empty=empty)
        self.more_above = False
        self.more_below = False
        self._marked: dict[Hashable, None] = {}
        self._all: list[TailLine] = []

    # What a screen gives and asks

    def append(self, lines: Iterable[TailLine]) -> None:
        """New lines at the end."""
        new = list(lines)
        self._all += new
        super().append(self._dressed(new))

    def set_lines(self, lines: Sequence[TailLine]) -> None:
        """Other lines in the place of those there are; cursor and picture stay on the lines that are there again."""
        cursor, top, seen = (self._key(number) for number in (self._cursor, self._top[0], self._seen))
        self._all = list(lines)
        self._ring.clear()
        self._layout.clear()
        self._ring.append(self._dressed(lines))
        first = self._ring.end - len(lines)
        numbers = {line.key: first + at for at, line in enumerate(lines)}
        if numbers and not self._following:
            self._cursor = numbers.get(cursor, first)
            self._top = (numbers[top], self._top[1]) if top in numbers else (self._cursor, 0)
            self._seen = numbers.get(seen, self._ring.end - 1)
            self._show_cursor()
        self._changed()

    def clear(self) -> None:
        """Forget all lines and marks, and follow."""
        self._all = []
        self._marked.clear()
        self.more_above = self.more_below = False
        super().clear()

    def go_to(self, key: Hashable) -> bool:
        """Put the cursor on a line, in sight with some of what stands before it; False if it is not shown."""
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

    @property
    def near_top(self) -> bool:
        """Less than a screen lies above the picture."""
        return bool(self._spots) and self._ring.index(self._spots[0][0]) < self.size.height

    @property
    def near_bottom(self) -> bool:
        """Less than a screen lies below the picture."""
        return bool(self._spots) and len(self._ring.shown) - self._ring.index(self._spots[-1][0]) < self.size.height

    @property
    def new_lines(self) -> Sequence[TailLine]:
        """The lines that came below what has been seen."""
        return self.shown_lines[-self.new_count :] if self.new_count else ()

    @property
    def marked(self) -> Sequence[Hashable]:
        """The keys of the marked lines, in the order in which they were marked."""
        return tuple(self._marked)

    def unmark(self) -> None:
        """Take all marks away."""
        self._marked.clear()
        self._redress()

    # Keys

    def action_mark(self) -> None:
        """Mark the message, or take its mark away."""
        line = self.cursor_line
        if line is None or line.data is None:
            return
        if line.key in self._marked:
            del self._marked[line.key]
        else:
            self._marked[line.key] = None
        self._stop_following()
        self._redress()

    def action_first(self) -> None:
        """The beginning of the conversation."""
        if self.more_above:
            self.post_message(self.Wants(Part.BEGINNING))
        else:
            super().action_first()

    def action_last(self) -> None:
        """The end of the conversation."""
        if self.more_below:
            self.post_message(self.Wants(Part.END))
        else:
            super().action_last()

    def _move(self, by: int) -> None:
        """As the tail, but nothing is followed while there is more below."""
        last = len(self._ring.shown) - 1
        if self.more_below and by > 0 and not self._following and self._index + by > last:
            self.post_message(self.Wants(Part.NEWER))
            by = last - self._index
        super()._move(by)

    def _want_older(self) -> None:
        if self.more_above and not self._following and self._index == 0:
            self.post_message(self.Wants(Part.OLDER))

    # Marks

    def _key(self, number: int) -> Hashable:
        shown = self._ring.shown
        return self._ring[shown[self._ring.index(number)]].key if shown else None

    def _dressed(self, lines: Sequence[TailLine]) -> Sequence[TailLine]:
        """The lines with their marks."""
        if not self._marked:
            return lines
        sign, marked = self.glyphs.marked, self._marked
        return [
            replace(line, prefix=sign + line.prefix[1:], prefix_style="bold") if line.key in marked else line
            for line in lines
        ]

    def _redress(self) -> None:
        """Draw the marks as they are now."""
        self.set_lines(self._all)
