"""A tree that is walked: branches are asked for when they are opened, and stay as they are until then."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from gbtui.text import cells, fit
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line

WHEEL = 3


@dataclass(frozen=True, slots=True)
class Branch:
    """What one line says. Text may be anything, it is cut here."""

    text: str
    count: str = ""
    note: str = ""
    style: str = ""
    opens: bool = False
    """Whether there may be something below it."""
    data: Any = None


@dataclass(slots=True, eq=False)
class Twig:
    """A branch in its place."""

    branch: Branch
    depth: int = 0
    above: "Twig | None" = None
    below: "list[Twig] | None" = None
    """None: not asked for yet."""
    open: bool = False
    asked: bool = field(default=False)


class TreeView(LineView, can_focus=True):
    """Branches with a cursor; `l` opens one, `h` closes it, `enter` goes where it leads."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down", "down", id="tree.down", tooltip="Next line", show=False),
        Binding("k,up", "up", "up", id="tree.up", tooltip="Previous line", show=False),
        Binding("pagedown", "page_down", "page down", id="tree.page_down", tooltip="A page further", show=False),
        Binding("pageup", "page_up", "page up", id="tree.page_up", tooltip="A page back", show=False),
        Binding("g,home", "first", "first", id="tree.first", tooltip="Top", show=False),
        Binding("G,end", "last", "last", id="tree.last", tooltip="End", show=False),
        Binding("l,right", "open", "open", id="tree.open", tooltip="Open this branch; then into it", show=True),
        Binding("h,left", "close", "close", id="tree.close", tooltip="Close this branch; then to the one above"),
        Binding("enter", "enter", "enter", id="tree.enter", tooltip="Go to this thing", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """What is below a twig is asked for: `fill()` it."""

        twig: Twig

    @dataclass
    class Entered(Message):
        """Somebody wants to go where a branch leads."""

        branch: Branch

    @dataclass
    class Moved(Message):
        """The cursor stands on another branch."""

        branch: Branch

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._root: Twig | None = None
        self._said = ("", "dim")
        self._at: Twig | None = None
        self._top = 0

    # What a screen gives and asks

    def say(self, sentence: str, style: str = "dim") -> None:
        """What stands there while there is no tree."""
        self._said = (sentence, style)
        self.sync()

    def set_root(self, branch: Branch) -> None:
        """Begin with this one, and open it."""
        self._root = self._at = Twig(branch)
        self._top = 0
        self._open(self._root)

    def set_whole(self, branch: Branch, below: Callable[[Branch], Sequence[Branch]]) -> None:
        """The whole tree at once, all of it open; `below` says what hangs on a branch. The cursor is on its root."""

        def grown(twig: Twig) -> Twig:
            twig.below = [grown(Twig(one, twig.depth + 1, twig, open=True)) for one in below(twig.branch)]
            return twig

        self._root = self._at = grown(Twig(branch, open=True))
        self._top = 0
        self.sync()

    def go_to(self, data: Any) -> None:
        """Put the cursor on the branch that stands for this, if it is there and open."""
        self._at = next((twig for twig in self._flat() if twig.branch.data is data), self._at)
        self.sync()

    def fill(self, twig: Twig, branches: Sequence[Branch]) -> None:
        """What is below a twig."""
        twig.below = [Twig(branch, twig.depth + 1, twig) for branch in branches]
        self.sync()

    @property
    def cursor_branch(self) -> Branch | None:
        """The branch under the cursor."""
        return self._at.branch if self._at else None

    @property
    def lines(self) -> list[str]:
        """All lines as text, as far as they are open."""
        return [
            f"{'  ' * twig.depth}{twig.branch.text}\t{twig.branch.count}\t{twig.branch.note}" for twig in self._flat()
        ]

    # Keys and mouse

    def action_down(self) -> None:
        """Next line."""
        self._move(1)

    def action_up(self) -> None:
        """Previous line."""
        self._move(-1)

    def action_page_down(self) -> None:
        """A page further."""
        self._move(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """A page back."""
        self._move(-max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Top."""
        self._move(-len(self._flat()))

    def action_last(self) -> None:
        """End."""
        self._move(len(self._flat()))

    def action_open(self) -> None:
        """Open this branch; if it is, go to the first one below."""
        at = self._at
        if at is None or not at.branch.opens:
            return
        if at.open and at.below:
            self._at = at.below[0]
            self.sync()
        else:
            self._open(at)

    def action_close(self) -> None:
        """Close this branch; if it is, go to the one above."""
        at = self._at
        if at is None:
            return
        if at.open and at.above is not None:
            at.open = False
        else:
            self._at = at.above or at
        self.sync()

    def action_enter(self) -> None:
        """Go where it leads."""
        if self._at is not None:
            self.post_message(self.Entered(self._at.branch))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; on the branch under the cursor it opens or closes it."""
        position, flat = event.get_content_offset(self), self._flat()
        if position is None or self._top + position.y >= len(flat):
            return
        event.stop()
        event.prevent_default()
        clicked = flat[self._top + position.y]
        if clicked is self._at:
            self.action_close() if clicked.open else self.action_open()
        self._at = clicked
        self.sync()
        self.post_message(self.Moved(clicked.branch))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self._move(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self._move(-WHEEL)

    # Where things are

    def _open(self, twig: Twig) -> None:
        twig.open = True
        if twig.below is None and not twig.asked:
            twig.asked = True
            self.post_message(self.Wanted(twig))
        self.sync()

    def _flat(self) -> list[Twig]:
        def walk(twig: Twig) -> Iterator[Twig]:
            yield twig
            for below in (twig.below or ()) if twig.open else ():
                yield from walk(below)

        return list(walk(self._root)) if self._root else []

    def _move(self, lines: int) -> None:
        flat = self._flat()
        if flat and self._at is not None:
            self._at = flat[max(0, min(flat.index(self._at) + lines, len(flat) - 1))]
            self.sync()
            self.post_message(self.Moved(self._at.branch))

    # Drawing

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """The lines in view."""
        flat = self._flat()
        if not flat or self._at is None:
            return [((fit(f" {self._said[0]}", width), self._said[1]),)]
        here = flat.index(self._at)
        self._top = max(0, min(self._top, len(flat) - height, here), here - height + 1)
        return [self._drawn(twig, width) for twig in flat[self._top : self._top + height]]

    def _drawn(self, twig: Twig, width: int) -> Line:
        branch, here = twig.branch, twig is self._at
        bar = ("cursor " if self.has_focus else "blurred ") if here else ""
        waits = twig.open and twig.below is None
        sign = ("-" if twig.open else "+") if branch.opens else " "
        note = "reading …" if waits else branch.note
        room = max(8, width - 3)
        title = fit(f"{'  ' * twig.depth}{sign} {branch.text}", min(room, max(32, width // 2)), more=self.glyphs.more)
        count = fit(branch.count, 7, "right")
        left = room - cells(title) - cells(count) - 2
        return (
            (self.glyphs.cursor if here else " ", f"{bar}accent"),
            (title, bar + branch.style),
            (f" {count}  ", bar),
            (fit(note, max(0, left), more=self.glyphs.more) if left > 0 else "", f"{bar}dim"),
        )
