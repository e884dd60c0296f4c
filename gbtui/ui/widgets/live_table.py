"""A table for rows that are polled: only the lines that changed are painted."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType

from gbtui.text import plural, wrap
from gbtui.ui.widgets.columns import GAP, GUTTER, Column, places
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.row_set import RowSet
from gbtui.ui.widgets.runs import Line
from gbtui.ui.widgets.table_picture import TablePicture
from gbtui.ui.widgets.told import Latest, Told

R = TypeVar("R")
WHEEL = 3
"""Lines a notch of the mouse wheel moves."""


class LiveTable(LineView, Generic[R], can_focus=True):
    """Rows under a header, with a cursor, marks, an order and a filter that survive every refresh.

    Give it all rows at each sample with `set_rows`; it finds what changed. Text of cells may be anything: it is
    cleaned and cut here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down", "down", id="list.down", tooltip="Next row", show=False),
        Binding("k,up", "up", "up", id="list.up", tooltip="Previous row", show=False),
        Binding("pagedown", "page_down", "page down", id="list.page_down", tooltip="A page further", show=False),
        Binding("pageup", "page_up", "page up", id="list.page_up", tooltip="A page back", show=False),
        Binding("g,home", "first", "first", id="list.first", tooltip="First row", show=False),
        Binding("G,end", "last", "last", id="list.last", tooltip="Last row", show=False),
        Binding("h,left", "left", "left", id="list.left", tooltip="Column to the left", show=False),
        Binding("l,right", "right", "right", id="list.right", tooltip="Column to the right", show=False),
        Binding("s", "sort", "sort", id="list.sort", tooltip="Sort by this column; again: reverse"),
        Binding("space", "mark", "mark", id="list.mark", tooltip="Mark this row, or take its mark away"),
        Binding("a", "mark_all", "mark all", id="list.mark_all", tooltip="Mark all rows shown; again: none"),
        Binding("enter", "open", "enter", id="list.open", tooltip="Go in"),
    ]

    @dataclass
    class Opened(Told):
        """The user wants to go into `row`."""

        row: Any

    @dataclass
    class Moved(Latest):
        """The cursor, the marks, the order or what is hidden changed; `row` is the row under the cursor, if any."""

        row: Any

    @dataclass
    class PastEnd(Latest):
        """The user moved down from the last row: `set_rows` with more, if there are any."""

    @dataclass
    class PastStart(Latest):
        """The user moved up from the first row, or (`home`) to it: `set_rows` with what stands in front of it."""

        home: bool

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], Hashable],
        empty: str = "nothing here",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._set = RowSet(key)
        self._all_columns = tuple(columns)
        self._columns = tuple(column for column in columns if column.shown)
        self._empty = empty
        self._said: tuple[str, str] | None = ("…", "dim")
        self._column = 0
        self._sorted: tuple[str, bool] | None = None
        self._top = 0
        self._left = 0
        self._search: re.Pattern[str] | None = None

    # What a screen gives and asks

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show these rows; cursor, marks, order, filter and scroll positions stay."""
        self._said = None
        self._set.replace(rows)
        self._follow()

    def clear(self) -> None:
        """Show none: not the row under the cursor either, which new rows would leave standing."""
        self._said = None
        self._set.clear()
        self._follow()

    def set_filter(self, keep: Callable[[R], bool] | None) -> None:
        """Show only rows that `keep` accepts (None: all)."""
        self._set.narrow(keep)
        self._follow()

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        """Show these columns (at least one), in this order; the column cursor and the order stay where they can."""
        at = self.cursor_column.id
        self._columns = tuple(columns)
        ids = [column.id for column in self._columns]
        self._column = ids.index(at) if at in ids else 0
        self._follow()

    def replace_columns(self, columns: Sequence[Column[R]]) -> None:
        """Other columns altogether: the rows are of another kind, or ask for other widths."""
        self._all_columns = tuple(columns)
        self._sorted = None
        self._set.order(None, reverse=False)
        self.set_columns([column for column in columns if column.shown])

    def widen(self, columns: Sequence[Column[R]]) -> None:
        """The same columns where they are now too narrow for what came: order and choice stay."""
        wider = {column.id: column for column in columns}
        self._all_columns = tuple(wider.get(column.id, column) for column in self._all_columns)
        self.set_columns([wider.get(column.id, column) for column in self.columns])

    def set_sort(self, column_id: str | None, *, reverse: bool = False) -> None:
        """Order by a column (None: as the rows come)."""
        column = next((one for one in self._all_columns if one.id == column_id), None)
        self._sorted = (column.id, reverse) if column else None
        self._set.order((column.sort or column.text) if column else None, reverse=reverse)
        self._follow()

    def set_search(self, pattern: re.Pattern[str] | None) -> None:
        """Light up what matches; `next_match` and `previous_match` go there."""
        self._search = pattern
        self.sync()

    def say(self, text: str, style: str = "dim") -> None:
        """What to show where there are no rows: that they load, that they are denied, what failed."""
        self._said = (text, style)
        self.sync()

    def next_match(self) -> bool:
        """Put the cursor on the next row where the search matches, from the top again after the last."""
        return self._match(range(self._set.index + 1, len(self._set.shown)), range(self._set.index + 1))

    def previous_match(self) -> bool:
        """Put the cursor on the row before where the search matches, from the end again before the first."""
        last = len(self._set.shown) - 1
        return self._match(range(self._set.index - 1, -1, -1), range(last, self._set.index - 1, -1))

    def go_to(self, key: Hashable) -> bool:
        """Put the cursor on the row with this key, if it is shown."""
        found = self._set.go_to(key)
        self._follow()
        return found

    def key_of(self, row: R) -> Hashable:
        """What names a row through all refreshes."""
        return self._set.key(row)

    def clear_marks(self) -> None:
        """Take every mark away."""
        self._set.clear_marks()
        self._follow()

    @property
    def rows(self) -> Sequence[R]:
        """All rows, as they were given."""
        return self._set.rows

    @property
    def shown_rows(self) -> list[R]:
        """The rows that the filter leaves, in the order shown; a row that is gone is not among them."""
        gone = self._set.index if self._set.gone else -1
        return [row for index, row in enumerate(self._set.shown) if index != gone]

    @property
    def columns(self) -> tuple[Column[R], ...]:
        """The columns shown."""
        return self._columns

    @property
    def all_columns(self) -> tuple[Column[R], ...]:
        """Every column there is to choose from."""
        return self._all_columns

    @property
    def cursor_row(self) -> R | None:
        """The row under the cursor (its last known state, if it is gone)."""
        return self._set.cursor

    @property
    def cursor_gone(self) -> bool:
        """The row under the cursor is no longer among the rows."""
        return self._set.gone

    @property
    def untouched(self) -> bool:
        """Nobody has moved the cursor yet."""
        return not self._set.anchored

    @property
    def cursor_index(self) -> int:
        """The line of the cursor among the rows shown, from 0."""
        return self._set.index

    @property
    def cursor_column(self) -> Column[R]:
        """The column under the cursor."""
        return self._columns[self._column]

    @property
    def cursor_text(self) -> str:
        """What the cell under the cursor says, uncut."""
        row = self._set.cursor
        return "" if row is None else self.cursor_column.text(row)

    @property
    def marked(self) -> list[R]:
        """The marked rows, those the filter hides included."""
        return self._set.marked

    @property
    def marked_hidden(self) -> list[R]:
        """The marked rows that the filter hides."""
        return self._set.marked_hidden

    @property
    def hidden_count(self) -> int:
        """How many rows the filter leaves out."""
        return self._set.hidden

    @property
    def sorted_by(self) -> tuple[str, bool] | None:
        """Column id and whether reversed; None is the order the rows come in."""
        return self._sorted

    # Keys and mouse

    def action_down(self) -> None:
        """Next row."""
        self._at_end()
        self._move(self._set.index + 1)

    def action_up(self) -> None:
        """Previous row."""
        self._at_start()
        self._move(self._set.index - 1)

    def action_page_down(self) -> None:
        """A page further, one line of the old page kept."""
        self._at_end()
        self._move(self._set.index + max(1, self._body - 1))

    def action_page_up(self) -> None:
        """A page back, one line of the old page kept."""
        self._at_start()
        self._move(self._set.index - max(1, self._body - 1))

    def action_first(self) -> None:
        """First row."""
        self.post_message(self.PastStart(self, home=True))
        self._move(0)

    def action_last(self) -> None:
        """Last row of those here."""
        self._at_end()
        self._move(len(self._set.shown))

    def action_left(self) -> None:
        """Column to the left."""
        self._column = max(0, self._column - 1)
        self._follow()

    def action_right(self) -> None:
        """Column to the right."""
        self._column = min(len(self._columns) - 1, self._column + 1)
        self._follow()

    def action_sort(self) -> None:
        """Order by the column under the cursor; again the other way round."""
        column = self.cursor_column.id
        again = self._sorted is not None and self._sorted[0] == column
        self.set_sort(column, reverse=again and not (self._sorted or ("", False))[1])

    def action_mark(self) -> None:
        """Mark the row, or take its mark away."""
        self._set.mark()
        self._follow()

    def action_mark_all(self) -> None:
        """Mark all rows shown, or none."""
        self._set.mark_all()
        self._follow()

    def action_open(self) -> None:
        """Go into the row."""
        if (row := self._set.cursor) is not None:
            self._move(self._set.index)
            self.post_message(self.Opened(self, row))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click goes in; on a title it sorts by that column."""
        position = event.get_content_offset(self)
        if position is None:
            return
        event.stop()
        event.prevent_default()  # two clicks would select all
        column = self._column_at(position.x)
        self._column = self._column if column is None else column
        if position.y == 0:
            if column is not None:
                self.action_sort()
        elif (index := self._top + position.y - 1) < len(self._set.shown):
            self._move(index)
            if event.chain == 2:
                self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view; the cursor stays inside it."""
        self._wheel(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view; the cursor stays inside it."""
        self._wheel(event, -WHEEL)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        self._top = max(0, min(self._top + lines, len(self._set.shown) - self._body))
        self._move(max(self._top, min(self._set.index, self._top + self._body - 1)))

    # Where things are

    @property
    def _body(self) -> int:
        """Lines below the header."""
        return max(1, self.size.height - 1)

    def _at_end(self) -> None:
        if self._set.index >= len(self._set.shown) - 1:
            self.post_message(self.PastEnd(self))

    def _at_start(self) -> None:
        if self._set.index <= 0:
            self.post_message(self.PastStart(self, home=False))

    def _move(self, index: int) -> None:
        self._set.move(index)
        self._follow()

    def _follow(self) -> None:
        """Paint what changed, tell."""
        self.sync()
        self.post_message(self.Moved(self, self._set.cursor))

    def _settle(self, width: int, height: int) -> None:
        """Scroll as little as shows the cursor, in both directions, and never beyond the end."""
        index, body = self._set.index, max(1, height - 1)
        self._top = max(0, min(self._top, len(self._set.shown) - body))
        self._top = min(index, max(self._top, index - body + 1))
        placed = places(self._columns, width)
        x = placed[0].end + GAP
        room = width - x
        if self._column:
            start, taken = placed[self._column].x - x, placed[self._column].width
            self._left = min(start, max(self._left, start + taken - room))
        else:
            self._left = 0
        self._left = max(0, min(self._left, placed[-1].end - x - room))

    def _column_at(self, x: int) -> int | None:
        placed = places(self._columns, self.size.width)
        if x >= placed[0].end + GAP:
            x += self._left
        return next((index for index, place in enumerate(placed) if place.x <= x < place.end + GAP), None)

    def _match(self, *ranges: range) -> bool:
        search = self._search
        if search is None:
            return False
        for index in (index for one in ranges for index in one):
            row = self._set.shown[index]
            if any(search.search(column.text(row)) for column in self._columns):
                self._move(index)
                return True
        return False

    # Drawing

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """The header, then the rows in view, or a sentence where there are none."""
        self._settle(width, height)
        picture = TablePicture(
            self._columns, places(self._columns, width), width, self._left, self.glyphs, self._search
        )
        lines = [picture.header(self._column, self._sorted)]
        if not self._set.shown:
            text, style = self._said or self._nothing()
            lines.append(())
            lines.extend(((" " * GUTTER + line, style),) for line in wrap(text, width - 2 * GUTTER))
            return lines
        below = min(len(self._set.shown), self._top + height - 1)
        lines.extend(self._row(picture, index) for index in range(self._top, below))
        return lines

    def _row(self, picture: TablePicture[R], index: int) -> Line:
        row, here = self._set.shown[index], index == self._set.index
        bar = ("cursor " if self.has_focus else "blurred ") if here else ""
        return picture.row(row, bar, gone=here and self._set.gone, marked=self._set.is_marked(row))

    def _nothing(self) -> tuple[str, str]:
        if self._set.hidden:
            return f"the filter hides {plural(self._set.hidden, 'row')}", "dim"
        return self._empty, "dim"


__all__ = ["Column", "LiveTable"]
