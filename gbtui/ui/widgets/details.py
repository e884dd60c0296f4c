"""All fields of one thing, one below the other: a description, the evidence, a statement."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType

from gbtui.text import cells, cut, drawable, fit, wrap
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line, Run, along, lit

WHEEL: Final = 3
SIDEWAYS: Final = 16
LABEL_WIDEST: Final = 26
"""Cells a label may take before its value moves to the right for its sake."""


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value, which may have many lines; a field without a value is a heading.

    `style` is that of the value; `runs` are styles of its pieces, in the value's order (a statement's key words).
    Text may be anything, it is cleaned here.
    """

    label: str
    value: str = ""
    style: str = ""
    heading: bool = False
    runs: tuple[Run, ...] = ()


class Details(LineView, can_focus=True):
    """Fields with a cursor line; it stays with its field when the fields are given anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down", "down", id="text.down", tooltip="Next line", show=False),
        Binding("k,up", "up", "up", id="text.up", tooltip="Previous line", show=False),
        Binding("pagedown", "page_down", "page down", id="text.page_down", tooltip="A page further", show=False),
        Binding("pageup", "page_up", "page up", id="text.page_up", tooltip="A page back", show=False),
        Binding("g,home", "first", "first", id="text.first", tooltip="Top", show=False),
        Binding("G,end", "last", "last", id="text.last", tooltip="End", show=False),
        Binding("h,left", "left", "left", id="text.left", tooltip="Scroll to the left", show=False),
        Binding("l,right", "right", "right", id="text.right", tooltip="Scroll to the right", show=False),
    ]

    def __init__(
        self,
        fields: Sequence[Field] = (),
        *,
        wrap: bool = True,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._fields = tuple(fields)
        self._keep: Callable[[Field], bool] | None = None
        self._search: re.Pattern[str] | None = None
        self._wrap = wrap
        self._left = 0
        self._top = 0
        self._at: tuple[int, int] = (0, 0)
        self._flat: list[tuple[int, int, str]] = []
        self._flat_width = 0

    # What a screen gives and asks

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Show these; the cursor stays at its field if one with its label is still there."""
        old = self.cursor_field
        self._fields = tuple(fields)
        if old is not None:
            index = next((i for i, field in enumerate(self._fields) if field.label == old.label), self._at[0])
            self._at = (index, self._at[1])
        self._lay_out()

    def set_filter(self, keep: Callable[[Field], bool] | None) -> None:
        """Show only fields that `keep` accepts (None: all); the cursor stays where it can."""
        self._keep = keep
        self._lay_out()

    def set_search(self, pattern: re.Pattern[str] | None) -> None:
        """Light up what matches; `next_match` and `previous_match` go there."""
        self._search = pattern
        self.sync()

    def set_wrap(self, wrap: bool) -> None:
        """Wrap long values, or cut them and scroll sideways."""
        self._wrap, self._left = wrap, 0
        self._lay_out()

    def next_match(self) -> bool:
        """Put the cursor on the next line where the search matches."""
        return self._match(range(self._line() + 1, len(self._flat)))

    def previous_match(self) -> bool:
        """Put the cursor on the line before where the search matches."""
        return self._match(range(self._line() - 1, -1, -1))

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, as given."""
        return self._fields

    @property
    def cursor_field(self) -> Field | None:
        """The field under the cursor."""
        return self._fields[self._at[0]] if self._at[0] < len(self._fields) else None

    @property
    def wrap(self) -> bool:
        """Long values are wrapped."""
        return self._wrap

    # Keys and mouse

    def action_down(self) -> None:
        """Next line."""
        self._move(self._line() + 1)

    def action_up(self) -> None:
        """Previous line."""
        self._move(self._line() - 1)

    def action_page_down(self) -> None:
        """A page further, one line of the old page kept."""
        self._move(self._line() + max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """A page back, one line of the old page kept."""
        self._move(self._line() - max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Top."""
        self._move(0)

    def action_last(self) -> None:
        """End."""
        self._move(len(self._flat) - 1)

    def action_left(self) -> None:
        """Scroll to the left."""
        self._left = max(0, self._left - SIDEWAYS)
        self.sync()

    def action_right(self) -> None:
        """Scroll to the right; not when values are wrapped."""
        if not self._wrap:
            self._left += SIDEWAYS
            self.sync()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor."""
        position = event.get_content_offset(self)
        if position is not None:
            event.stop()
            event.prevent_default()  # two clicks would select all
            self._move(self._top + position.y)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self._move(self._line() + WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self._move(self._line() - WHEEL)

    # Where things are

    def _line(self) -> int:
        """The line of the cursor among all lines; the nearest if its field is not shown."""
        best = 0
        for index, (field, part, _) in enumerate(self._flat):
            if (field, part) <= self._at:
                best = index
        return best

    def _move(self, line: int) -> None:
        if self._flat:
            line = max(0, min(line, len(self._flat) - 1))
            self._at = self._flat[line][:2]
            self._top = min(line, max(self._top, line - max(1, self.size.height) + 1))
            self.sync()

    def _match(self, lines: range) -> bool:
        if self._search is None:
            return False
        for line in lines:
            field, part, text = self._flat[line]
            if self._search.search(text) or (part == 0 and self._search.search(self._fields[field].label)):
                self._move(line)
                return True
        return False

    # Drawing

    @property
    def _label_width(self) -> int:
        labels = [cells(drawable(field.label)) for field in self._fields if not field.heading]
        return min(max(labels, default=0), LABEL_WIDEST)

    def _indent(self, field: Field) -> int:
        """Cells before a value. A statement has lines of its own and no label: it takes the whole width."""
        return self._label_width if field.label or not field.runs else 0

    def _lay_out(self) -> None:
        self._flat_width = 0
        self.sync()

    def _flatten(self, width: int) -> None:
        """All lines as (field, part of it, text)."""
        self._flat, self._flat_width = [], width
        for index, field in enumerate(self._fields):
            if self._keep is not None and not self._keep(field):
                continue
            room = max(8, width - self._indent(field) - 3)
            if field.heading:
                texts = [field.label]
            else:
                texts = wrap(field.value, room) if self._wrap else [drawable(line) for line in field.value.split("\n")]
            self._flat.extend((index, part, text) for part, text in enumerate(texts))

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """The lines in view."""
        if width != self._flat_width:
            self._flatten(width)
        here = self._line()
        self._top = max(0, min(self._top, len(self._flat) - height, here), here - height + 1)
        return [
            self._drawn(*self._flat[index], width, here=index == here)
            for index in range(self._top, min(len(self._flat), self._top + height))
        ]

    def _drawn(self, index: int, part: int, text: str, width: int, *, here: bool) -> Line:
        field = self._fields[index]
        bar = ("cursor " if self.has_focus else "blurred ") if here else ""
        sign = self.glyphs.cursor if here else " "
        if field.heading:
            return ((sign, f"{bar}accent"), (fit(field.label, width - 1), f"{bar}header"))
        indent = self._indent(field)
        label = fit("" if part else field.label, indent, more=self.glyphs.more)
        room = width - indent - 3
        shown = cut(text, self._left, max(room, cells(text) - self._left)) if self._left else text
        value = fit(shown, room, more=self.glyphs.more)
        if field.runs and self._search is None:
            pieces = [(piece, bar + style) for piece, style in along(self._before(index, part), value, field.runs)]
        else:
            pieces = lit(value, bar + field.style, self._search)
        return ((sign, f"{bar}accent"), (f"{label}  ", f"{bar}dim"), *pieces)

    def _before(self, index: int, part: int) -> str:
        """What of a field's value stands in the lines before one of its lines."""
        return "".join(text for field, at, text in self._flat if field == index and at < part)
