"""Whatever is pressed and whatever comes, the tail keeps its promises."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from textual.geometry import Size
from textual.message import Message

from gbtui.ui.widgets.runs import Line, width_of
from gbtui.ui.widgets.tail_view import TailLine, TailView


class Unmounted(TailView):
    """A tail without an app: it composes its lines at once."""

    room = Size(24, 5)
    lines: list[Line]

    @property
    def size(self) -> Size:
        """As wide and high as the test says."""
        return self.room

    def sync(self) -> int:
        """Compose instead of painting."""
        self.lines = self.compose_lines(*self.room)
        return 0

    def post_message(self, message: Message) -> bool:
        """Nobody listens."""
        return True


KEYS = ("down", "up", "page_down", "page_up", "first", "last", "left", "right", "open")
TEXTS = st.lists(
    st.sampled_from(["short", "a line that is longer than the screen is wide", "one\ntwo\nthree", "漢字 " * 20])
)


def told(lines: list[Line]) -> list[Line]:
    """The lines; what a gap says of its size may change."""
    return [() if "⋯" in line[0][0] else line for line in lines]


class Tail(RuleBasedStateMachine):
    """The tail under arbitrary use; the buffer is small so that it turns over often."""

    def __init__(self) -> None:
        super().__init__()
        self.view = Unmounted(limit=7)
        self.came = 0
        self.view.sync()

    def made(self, texts: list[str]) -> list[TailLine]:
        self.came += len(texts)
        return [TailLine(self.came - len(texts) + n, "12:00", "u", text) for n, text in enumerate(texts)]

    @rule(texts=TEXTS)
    def lines_come(self, texts: list[str]) -> None:
        before, following = self.view.lines, self.view.following or not self.view.shown_lines
        self.view.append(self.made(texts))
        self.view.sync()
        room_below = len(before) < self.view.room.height
        if not following and not room_below:
            assert told(self.view.lines) == told(before)

    @rule(texts=TEXTS)
    def history_comes(self, texts: list[str]) -> None:
        before, following = self.view.lines, self.view.following or not self.view.shown_lines
        full = len(before) >= self.view.room.height
        self.view.prepend(self.made(texts))
        if not following and full:
            assert self.view.lines[0] == before[0]

    @rule(key=st.sampled_from(KEYS))
    def key(self, key: str) -> None:
        action: Any = getattr(self.view, f"action_{key}")
        action()
        if self.view.shown_lines and not self.view.following and key not in ("left", "right", "open"):
            assert self.view.cursor_line in [self.view._ring[number] for number, _ in self.view._spots]

    @rule(what=st.sampled_from(["hold", "follow", "clear"]))
    def state(self, what: str) -> None:
        getattr(self.view, what)()

    @rule(wrap=st.booleans())
    def wrapping(self, wrap: bool) -> None:
        self.view.set_wrap(wrap)

    @rule(odd=st.sampled_from([None, 0, 1]))
    def filtering(self, odd: int | None) -> None:
        self.view.set_filter(None if odd is None else lambda line: isinstance(line.key, int) and line.key % 2 == odd)

    @rule(width=st.integers(3, 40), height=st.integers(1, 8))
    def resizing(self, width: int, height: int) -> None:
        self.view.room = Size(width, height)
        self.view.sync()

    @invariant()
    def every_line_fits(self) -> None:
        if self.view.shown_lines:
            assert len(self.view.lines) <= self.view.room.height
            assert {width_of(line) for line in self.view.lines} == {self.view.room.width}

    @invariant()
    def following_shows_the_newest_and_counts_nothing_new(self) -> None:
        view = self.view
        assert 0 <= view.new_count <= len(view.shown_lines)
        if view.following and view.shown_lines:
            assert view._spots[-1][0] == view._ring.shown[-1]
            assert view.cursor_line == view.shown_lines[-1]
        assert not (view.held and view.following)


Tail.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestTail = Tail.TestCase
