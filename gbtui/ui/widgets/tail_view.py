"""A live tail: follows the newest line, or holds still while lines go on coming."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.timer import Timer

from gbtui.text import wrap
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line
from gbtui.ui.widgets.tail_layout import GAP, Spot, TailLayout
from gbtui.ui.widgets.tail_ring import Ring, TailLine
from gbtui.ui.widgets.told import Latest, Told

__all__ = ["TailLine", "TailView"]

FRAMES: Final = 4.0
"""Pictures a second at most: what a terminal behind a slow link takes without falling behind."""
SIDEWAYS: Final = 16
"""Cells one key press scrolls sideways."""
WHEEL: Final = 3


class TailView(LineView, can_focus=True):
    """Lines as they come, newest at the bottom.

    It follows until the cursor moves up or `hold()` is called; then the picture stands still, whatever comes and
    whatever scrolls out of the buffer, and what came since is counted. At the bottom again, or on `follow()`, it
    goes on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down", "down", id="list.down", tooltip="Next message", show=False),
        Binding("k,up", "up", "up", id="list.up", tooltip="Previous message; holds the picture", show=False),
        Binding("pagedown", "page_down", "page down", id="list.page_down", tooltip="A page further", show=False),
        Binding("pageup", "page_up", "page up", id="list.page_up", tooltip="A page back", show=False),
        Binding("g,home", "first", "first", id="list.first", tooltip="Top of the buffer", show=False),
        Binding("G,end", "last", "newest", id="list.last", tooltip="Newest message, and follow"),
        Binding("h,left", "left", "left", id="list.left", tooltip="Scroll text to the left", show=False),
        Binding("l,right", "right", "right", id="list.right", tooltip="Scroll text to the right", show=False),
        Binding("enter", "open", "enter", id="list.open", tooltip="The conversation, at this message"),
    ]

    @dataclass
    class Opened(Told):
        """The user wants to go into the conversation of `line`."""

        line: TailLine

    @dataclass
    class Changed(Latest):
        """Following, holding, the cursor or the number of new lines changed; at most one a picture."""

    @dataclass
    class WantsOlder(Latest):
        """The user moved up from the first line of the buffer: `prepend` older lines if there are any."""

        oldest: TailLine

    def __init__(
        self,
        *,
        limit: int = 10_000,
        frames: float = FRAMES,
        empty: str = "nothing yet",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._ring = Ring(limit)
        self._pause = 1 / frames
        self._said = (empty, "dim")
        self._following = True
        self._held = False
        self._layout = TailLayout(self._ring)
        self._top: Spot = (0, 0)
        self._cursor = 0
        self._seen = -1
        self._spots: list[Spot] = []
        self._search: re.Pattern[str] | None = None
        self._last_frame = 0.0
        self._next_frame: Timer | None = None

    # What a screen gives and asks

    def append(self, lines: Iterable[TailLine]) -> None:
        """Lines that came, oldest first. They are drawn with the next picture, with all that come before it."""
        self._ring.append(lines)
        self._schedule()

    def prepend(self, lines: Sequence[TailLine]) -> None:
        """Older lines (oldest first) before the first one; the picture stays where it is."""
        if lines:
            self._ring.prepend(lines)
            self._layout.clear()  # history takes numbers that others had before
            self.sync()

    def remake(self, make: Callable[[TailLine], TailLine], *, in_sight: bool = False) -> None:
        """The same lines written anew, all or those in sight; picture and cursor stay."""
        self._ring.remake(make, {number for number, _ in self._spots} if in_sight else None)
        self._layout.clear()
        self.sync()

    def clear(self) -> None:
        """Forget all lines and follow."""
        self._ring.clear()
        self._layout.clear()
        self.follow()

    def hold(self) -> None:
        """Hold the picture still until `follow()`."""
        self._held = True
        self._stop_following()
        self._changed()

    def follow(self) -> None:
        """Go to the newest line and stay there."""
        self._held, self._following = False, True
        self._ring.trim()
        self._changed()

    def set_wrap(self, wrap: bool) -> None:
        """Wrap long text, or cut it and scroll sideways."""
        self._layout.wrap = wrap
        self._top = (self._top[0], 0)
        self._changed()

    def set_filter(self, keep: Callable[[TailLine], bool] | None) -> None:
        """Show only the lines that `keep` accepts, those in the buffer too."""
        self._ring.narrow(keep)
        if self._ring.shown:
            self._cursor = self._layout.number(self._ring.index(self._cursor))
            if not self._following and self.size:
                self._show_cursor()
        self._changed()

    def set_search(self, pattern: re.Pattern[str] | None) -> None:
        """Light up what matches; `next_match` and `previous_match` go there."""
        self._search = pattern
        self.sync()

    def say(self, text: str, style: str = "dim") -> None:
        """What to show while there are no lines."""
        self._said = (text, style)
        self.sync()

    def next_match(self) -> bool:
        """Put the cursor on the next line where the search matches."""
        return self._match(range(self._index + 1, len(self._ring.shown)))

    def previous_match(self) -> bool:
        """Put the cursor on the line before where the search matches."""
        return self._match(range(self._index - 1, -1, -1))

    @property
    def following(self) -> bool:
        """New lines move the picture."""
        return self._following

    @property
    def held(self) -> bool:
        """Held still by `hold()` (rather than by the cursor having moved up)."""
        return self._held

    @property
    def wrap(self) -> bool:
        """Long text is wrapped."""
        return self._layout.wrap

    @property
    def new_count(self) -> int:
        """Lines (that pass the filter) which came below what has been seen since it stopped following."""
        return 0 if self._following else len(self._ring.shown) - self._after(self._seen)

    @property
    def scrolled_out(self) -> int:
        """Lines that came and are no longer in the buffer."""
        return self._ring.scrolled_out

    @property
    def buffered(self) -> int:
        """Lines in the buffer, whether the filter shows them or not."""
        return len(self._ring)

    @property
    def shown_lines(self) -> list[TailLine]:
        """The lines in the buffer that pass the filter, oldest first."""
        return [self._ring[number] for number in self._ring.shown]

    @property
    def all_lines(self) -> list[TailLine]:
        """Every line there is, those a filter hides and history included, oldest first."""
        return self._ring.all_lines

    @property
    def cursor_line(self) -> TailLine | None:
        """The line under the cursor; the newest while following."""
        if not self._ring.shown:
            return None
        return self._ring[self._layout.number(self._index)]

    # Keys and mouse

    def action_down(self) -> None:
        """Next message; in one taller than the screen, its next line."""
        self._scroll_or_move(1)

    def action_up(self) -> None:
        """Previous message; in one taller than the screen, its previous line."""
        if self._top[1] <= 0:
            self._want_older()
        self._scroll_or_move(-1)

    def action_page_down(self) -> None:
        """A page further."""
        self._move(max(1, len({number for number, _ in self._spots}) - 1))

    def action_page_up(self) -> None:
        """A page back."""
        page = max(1, len({number for number, _ in self._spots}) - 1)
        self._want_older()
        self._move(-page)

    def action_first(self) -> None:
        """Top of the buffer."""
        self._move(-len(self._ring.shown))
        self._top = (self._cursor, 0)
        self._changed()

    def action_last(self) -> None:
        """Newest message, and follow."""
        self.follow()

    def action_left(self) -> None:
        """Scroll text to the left."""
        self._layout.left = max(0, self._layout.left - SIDEWAYS)
        self.sync()

    def action_right(self) -> None:
        """Scroll text to the right; not when it is wrapped."""
        if not self._layout.wrap:
            self._layout.left += SIDEWAYS
            self.sync()

    def action_open(self) -> None:
        """Go into the conversation."""
        if (line := self.cursor_line) is not None:
            self._stop_following()
            self._changed()
            self.post_message(self.Opened(self, line))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor (and holds), a double click goes in."""
        position = event.get_content_offset(self)
        if position is None or position.y >= len(self._spots):
            return
        event.stop()
        event.prevent_default()  # two clicks would select all
        number = self._spots[position.y][0]
        self._stop_following()
        self._cursor = number
        self._changed()
        if event.chain == 2:
            self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three messages further."""
        event.stop()
        self._move(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three messages back."""
        event.stop()
        self._move(-WHEEL)

    # Where things are

    @property
    def _index(self) -> int:
        """Where the cursor stands among the lines shown; at the newest while following."""
        return len(self._ring.shown) - 1 if self._following else self._ring.index(self._cursor)

    def _after(self, number: int) -> int:
        """The index of the first shown line with a number above `number`."""
        shown = self._ring.shown
        return len(shown) if not shown or shown[-1] <= number else self._ring.index(number + 1)

    def _want_older(self) -> None:
        """Ask for history, if the cursor is on the first line there is."""
        if self._ring.shown and not self._following and self._index == 0:
            self.post_message(self.WantsOlder(self, self._ring[self._layout.number(0)]))

    def _stop_following(self) -> None:
        if self._following:
            self._following = False
            shown = self._ring.shown
            # Lines that came since the last picture count as new: they were not seen.
            self._seen = self._spots[-1][0] if self._spots else (shown[-1] if shown else -1)
            self._cursor = self._seen
            self._top = self._spots[0] if self._spots else (0, 0)

    def _scroll_or_move(self, step: int) -> None:
        """Move the cursor by one message, or scroll inside one that reaches out of the screen."""
        edge = self._spots[-1 if step > 0 else 0] if self._spots else (0, 0)
        number, line = edge
        last = len(self._layout.texts(number)) - 1 if number in self._numbers() else 0
        inside = number == self._cursor and not self._following and (line < last if step > 0 else line > 0)
        if inside and line != GAP:
            self._top = self._layout.step(self._top, step)
            self._changed()
        else:
            self._move(step)

    def _numbers(self) -> set[int]:
        return {number for number, _ in self._spots}

    def _move(self, by: int) -> None:
        """Move the cursor by messages; at the bottom it follows again, unless held."""
        if not self._ring.shown:
            return
        self._stop_following()
        last = len(self._ring.shown) - 1
        index = self._index + by
        if index > last and not self._held and by > 0:
            self.follow()
            return
        self._cursor = self._layout.number(max(0, min(index, last)))
        self._show_cursor()
        self._changed()

    def _match(self, indexes: Iterable[int]) -> bool:
        if self._search is None:
            return False
        for index in indexes:
            line = self._ring[self._layout.number(index)]
            if self._search.search(f"{line.prefix} {line.mark} {line.text}"):
                self._move(index - self._index)
                return True
        return False

    def _show_cursor(self) -> None:
        """Move the top as little as brings the cursor's message into view."""
        room = self.size.height - len(self._layout.texts(self._cursor))
        if self._cursor < self._top[0] or (self._cursor == self._top[0] and room >= 0):
            # One taller than the screen is entered from below at its end, to be read upwards.
            self._top = (self._cursor, max(0, -room))
            return
        index, spot = self._ring.index(self._cursor), (self._cursor, 0)
        while room > 0 and index > 0 and spot > self._top:
            index -= 1
            number = self._layout.number(index)
            texts = len(self._layout.texts(number)) + (1 if self._ring.missing_after(number) else 0)
            spot = (number, max(0, texts - room))
            room -= texts
        self._top = max(self._top, spot)

    # Pictures

    def _changed(self) -> None:
        self.sync()
        self.post_message(self.Changed(self))

    def _schedule(self) -> None:
        """See to it that a picture is drawn soon, and not sooner than the last one allows."""
        if self._next_frame is None and self.is_mounted:
            wait = self._last_frame + self._pause - monotonic()
            self._next_frame = self.set_timer(max(wait, 0.001), self._frame)

    def _frame(self) -> None:
        self._next_frame = None
        self._last_frame = monotonic()
        self._changed()

    def on_mount(self) -> None:
        """Lines may have come before there was a screen."""
        self._schedule()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """The screen lines from the top on, or those that end with the newest."""
        self._layout.prepare(width, height)
        if not self._ring.shown:
            self._spots = []
            text, style = self._said if not len(self._ring) else ("the filter hides every line in the buffer", "dim")
            return [(), *(((" " + line, style),) for line in wrap(text, width - 2))]
        if self._following:
            self._spots = self._layout.up(height)
        else:
            self._spots = self._layout.down(self._top, height)
            number, line = self._spots[0]
            self._top = (number, len(self._layout.texts(number)) if line == GAP else line)
            self._seen = max(self._seen, self._spots[-1][0])
            self._ring.pin(number, self._spots[-1][0])
        bar = "cursor " if self.has_focus else "blurred "
        here = None if self._following else self._cursor
        return [
            self._layout.line(spot, bar if spot[0] == here and spot[1] != GAP else "", self.glyphs, self._search)
            for spot in self._spots
        ]
